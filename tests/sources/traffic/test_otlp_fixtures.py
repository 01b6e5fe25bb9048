"""What the instrumentations of today write, as events: tests/data/traffic/otlp, written by scripts/otlp_fixtures.py."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.sources.traffic.test_otlp import events

DATA = Path(__file__).parents[2] / "data" / "traffic" / "otlp"
DIALECTS = sorted(path.stem for path in DATA.glob("*.pb"))
# These differ each time that the fixtures are written.
PASSING = ("time", "latency_ms", "trace_id", "span_id", "parent_id")
SECRETS = ("swordfish", "no such model")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_events_of_a_dialect(tmp_path: Path, dialect: str, snapshot: SnapshotAssertion) -> None:
    found, problems = events(DATA / f"{dialect}.pb", tmp_path)
    said = [{k: str(v) for k, v in sorted(event.items()) if k not in PASSING} for event in found]
    assert said == snapshot
    assert [str(p) for p in problems] == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_json_says_the_same_as_protobuf(tmp_path: Path, dialect: str) -> None:
    assert events(DATA / f"{dialect}.json", tmp_path) == events(DATA / f"{dialect}.pb", tmp_path)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("ending", ["pb", "json"])
def test_no_prompt_and_no_answer_is_kept(tmp_path: Path, dialect: str, ending: str) -> None:
    events(DATA / f"{dialect}.{ending}", tmp_path)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not [secret for secret in SECRETS for data in kept if secret.encode() in data]


def test_a_fixture_holds_prompts_so_that_losing_them_means_something() -> None:
    assert SECRETS[0].encode() in (DATA / "openllmetry-content.pb").read_bytes()
