"""The commands that put a plan into files and comments."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.plan.charts.sample import ASSISTANT
from tests.plan.test_comment import TOKEN, Site, serving
from typer.testing import CliRunner, Result

from outlay.cli import app

Run = Callable[..., Result]
FEW = ("--draws", "64")


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [n for n in os.environ if n.startswith(("GITHUB_", "GITLAB_", "CI_", "GH_"))]:
        monkeypatch.delenv(name)
    path = tmp_path / "plan.yaml"
    path.write_text(ASSISTANT, encoding="utf-8")
    return path


def test_show_writes_a_report_and_pictures(outlay: Run, plan: Path) -> None:
    ran = outlay("plan", "show", plan, *FEW, "--html", "a/b/out.html", "--svg", "svg", "--png", "png")
    assert ran.exit_code == 0, ran.stderr
    assert Path("a/b/out.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    names = {f"{n}{dark}" for n in ("stack", "fan", "tornado") for dark in ("", "-dark")}
    assert {p.stem for p in Path("svg").iterdir()} == {p.stem for p in Path("png").iterdir()} == names
    assert "written: a/b/out.html" in ran.stderr
    assert "total" in ran.stdout


def test_show_tells_programs_which_files_it_wrote(outlay: Run, plan: Path) -> None:
    ran = outlay("plan", "show", plan, *FEW, "--svg", "svg", "--format", "json")
    told = json.loads(ran.stdout)
    assert len(told["meta"]["files"]) == 6


def test_a_file_that_cannot_be_written_leaves_what_was_there(outlay: Run, plan: Path) -> None:
    Path("folder").mkdir()
    ran = outlay("plan", "show", plan, *FEW, "--html", "folder")
    assert ran.exit_code == 2
    assert "E-PLAN-071" in ran.stderr
    assert sorted(p.name for p in Path().iterdir()) == ["folder", "plan.yaml"]


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["x/a.xlsx"], b"PK"),
        (["x/a.csv"], b"layer,"),
        (["x/a.parquet"], b"PAR1"),
        (["x/a.CSV", "--as", "focus"], b"BilledCost"),
    ],
)
def test_export_writes_what_the_ending_says(
    outlay: Run, ask: Callable[..., Any], plan: Path, words: list[str], begins: bytes
) -> None:
    told = ask("plan", "export", plan, *FEW, "--to", *words)
    content = Path(words[0]).read_bytes()
    assert content.startswith(begins)
    assert told["bytes"] == len(content)
    assert not list(Path("x").glob(".*"))


@pytest.mark.parametrize(
    ("words", "code"),
    [(["a.pdf"], "E-PLAN-070"), (["a.xlsx", "--as", "focus"], "E-PLAN-072"), (["plan.yaml/a.csv"], "E-PLAN-071")],
)
def test_what_cannot_be_exported_is_told(outlay: Run, plan: Path, words: list[str], code: str) -> None:
    ran = outlay("plan", "export", plan, *FEW, "--to", *words)
    assert ran.exit_code == 2
    assert code in ran.stderr


def comment(env: dict[str, str], *words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in ("comment", *words)], env=env, catch_exceptions=False)


def test_the_same_comment_is_changed_in_place(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    before = plan.with_name("before.yaml")
    before.write_text(ASSISTANT.replace("$38k", "$30k").replace("$32k", "$25k"), encoding="utf-8")
    words = ("github", plan, *FEW, "--base", before, "--threshold", "5%", "--format", "json")
    with serving(Site()) as site:
        env = {
            "GITHUB_API_URL": site.url,
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_REF": "refs/pull/12/merge",
            "GITHUB_TOKEN": TOKEN,
        }
        first = comment(env, *words)
        data = json.loads(first.stdout)["data"]
        assert (data["action"], data["url"], data["speaks"]) == ("created", f"{site.url}/c/1", True)
        assert site.comments[0]["body"] == data["body"]
        before.write_text(ASSISTANT, encoding="utf-8")
        assert json.loads(comment(env, *words).stdout)["data"]["action"] == "updated"
        assert "less than the threshold of `5%`" in site.comments[0]["body"]
        site.comments.clear()
        silent = comment(env, *words[:-2])
        assert (silent.exit_code, site.comments) == (0, [])
        assert "silent" in silent.stdout
        refused = comment({**env, "GITHUB_TOKEN": "wrong"}, *words)
        assert refused.exit_code == 2
        assert json.loads(refused.stdout)["error"]["code"] == "E-COMM-003"
        assert "wrong" not in refused.output.replace("is wrong", "")


def test_a_dry_run_prints_the_comment_and_needs_no_token(outlay: Run, plan: Path) -> None:
    ran = outlay("comment", "gitlab", plan, *FEW, "--dry-run")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("<!-- outlay plan: support-assistant -->\n")


def test_what_is_missing_for_a_comment_is_told(outlay: Run, plan: Path) -> None:
    assert "E-COMM-002" in outlay("comment", "github", plan, *FEW).stderr
    told = outlay("comment", "gitlab", plan, *FEW, "--repository", "a/b", "--number", "3").stderr
    assert "E-COMM-001" in told
    assert "E-COMM-008" in outlay("comment", "github", plan, *FEW, "--threshold", "5%").stderr
