from pathlib import Path

import pytest
from tests.plan.layers.entries import cost, monthly, parts, refused, stages

LOGS = "events: 100M, size: 2 KB"


def test_logs_are_taken_in_and_kept(tmp_path: Path) -> None:
    """100 M x 2 KB = 200 GB; x 0.50 = 100; 3 months of them 600 GB x 0.03 = 18."""
    entry = f"{LOGS}, price: $0.50 / GB, retention: 3 months, storage_price: $0.03 / GB-month"
    assert parts(tmp_path, "observability", entry) == pytest.approx({"taken in": 100, "kept": 18})
    assert stages(tmp_path, "observability", entry)["kept"] == ("production", False)
    assert monthly(tmp_path, "observability", entry + ", filling: true", 4) == pytest.approx([106, 112, 118, 118])


def test_logs_at_the_prices_of_the_book(tmp_path: Path) -> None:
    """CloudWatch takes in 200 GB at 0.50 and keeps 200 at 0.03. Datadog indexes 100 M events at 1.70 per million."""
    aws = f"{LOGS}, provider: aws, item: cloudwatch-logs-ingest, retention: 1, storage_item: cloudwatch-logs-storage"
    assert cost(tmp_path, "observability", aws) == pytest.approx(106)
    assert cost(tmp_path, "observability", f"{LOGS}, provider: datadog, item: log-index-15-days") == pytest.approx(170)


def test_indexing_is_paid_beside(tmp_path: Path) -> None:
    """200 GB x 0.10 + 100 M x 1.70 per million, of which half is kept: 10 + 85."""
    entry = f"{LOGS}, sampling: 50%, price: $0.10 / GB, index_price: $1.70 / M events"
    assert parts(tmp_path, "observability", entry) == pytest.approx({"taken in": 10, "indexed": 85})


TRACES = "kind: tracing, requests: 10M, sampling: 10%, spans: 8"


def test_traces_are_paid_by_span_by_trace_or_by_unit(tmp_path: Path) -> None:
    """1 M traces of 8 M spans: 8 x 0.20 = 1.60; 1,000 k traces x 0.50 = 500; 9 M units: 1 x 80 + 8 x 70 = 640."""
    assert cost(tmp_path, "observability", f"{TRACES}, price: $0.20 / M spans") == pytest.approx(1.60)
    assert cost(tmp_path, "observability", f"{TRACES}, trace_price: $0.50 / 1k traces") == pytest.approx(500)
    assert cost(tmp_path, "observability", f"{TRACES}, provider: langsmith, item: traces") == pytest.approx(500)
    assert cost(tmp_path, "observability", f"{TRACES}, provider: langfuse, item: cloud-units") == pytest.approx(640)


def test_traces_that_are_paid_by_the_gb_need_the_size_of_a_span(tmp_path: Path) -> None:
    """8 M spans of 1 KB = 8 GB x 0.40."""
    newrelic = f"{TRACES}, provider: newrelic, item: data-ingest"
    assert cost(tmp_path, "observability", f"{newrelic}, size: 1 KB") == pytest.approx(3.20)
    assert refused(tmp_path, "observability", newrelic)[0] == "E-PLAN-054"


JUDGE = "kind: judge, provider: openai, model: gpt-5-mini, requests: 1M, share: 5%, input: 2k, output: 100"


def test_a_judge_reads_a_share_of_the_answers(tmp_path: Path) -> None:
    """50,000 calls: 100 M tokens x 0.25 + 5 M x 2 = 25 + 10; half of the input cached: 12.50 + 1.25 + 10."""
    assert parts(tmp_path, "observability", JUDGE) == pytest.approx({"judged by gpt-5-mini": 35})
    assert cost(tmp_path, "observability", JUDGE + ", cached: 50%") == pytest.approx(23.75)
    assert cost(tmp_path, "observability", JUDGE + ", tier: batch") == pytest.approx(17.5)


def test_drift_detection_runs_at_its_cadence(tmp_path: Path) -> None:
    """4 models x 52 / 12 a month x 1.5 h x 3.00 = 78; quarterly 18 in the first of three months."""
    entry = "kind: drift, models: 4, hours: 1.5 h, price: $3 / h"
    assert cost(tmp_path, "observability", f"{entry}, every: weekly") == pytest.approx(78)
    assert monthly(tmp_path, "observability", f"{entry}, every: quarterly", 4) == pytest.approx([18, 0, 0, 18])
    assert stages(tmp_path, "observability", f"{entry}, every: daily") == {"drift detection": ("production", True)}


def test_hosts_are_paid_by_the_month(tmp_path: Path) -> None:
    """12 x 15 = 180."""
    assert cost(tmp_path, "observability", "kind: hosts, hosts: 12, price: 15") == pytest.approx(180)
    datadog = "kind: hosts, hosts: 12, provider: datadog, item: infrastructure, offer: pro"
    assert cost(tmp_path, "observability", datadog) == pytest.approx(180)


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        (LOGS, "E-PLAN-053", "{name: a"),
        (f"{LOGS}, price: 1, storage_price: 1", "E-PLAN-021", "{name: a"),
        (f"{LOGS}, price: 1, sampling: 120%", "E-PLAN-016", "sampling: "),
        (f"{LOGS}, provider: datadog, item: apm", "E-PLAN-054", "item: "),
        (f"{LOGS}, price: 1, retention: 3", "E-PLAN-053", "{name: a"),
        (
            "kind: judge, provider: openai, model: gpt-7, requests: 1, share: 1, input: 1, output: 1",
            "E-PLAN-031",
            "mod",
        ),
        ("kind: drift, hours: 1, price: 1, every: weekley", "E-PLAN-051", "every: "),
        ("kind: hosts, hosts: 2, provider: datadog, item: infrastructure", "E-PLAN-033", "item: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "observability", entry)
    assert (found, text[: len(place)]) == (code, place)
