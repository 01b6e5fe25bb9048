from pathlib import Path

import pytest
from tests.plan.layers.entries import cost, monthly, parts, refused, stages

PB = "stored: 1 PB"
S3 = "provider: aws, item: s3-standard"


def test_a_petabyte_at_a_flat_price_and_through_the_steps_of_the_book(tmp_path: Path) -> None:
    """10^6 GB x 0.023 = 23,000; 50,000 x 0.023 + 450,000 x 0.022 + 500,000 x 0.021 = 21,550."""
    assert cost(tmp_path, "storage", f"{PB}, price: $0.023 / GB-month") == pytest.approx(23_000)
    assert cost(tmp_path, "storage", f"{PB}, {S3}") == pytest.approx(21_550)


def test_gb_and_gib_are_told_apart(tmp_path: Path) -> None:
    """1 PiB: 51,200 x 0.023 + 460,800 x 0.022 + 536,576 x 0.021 = 22,583.30. One GCS GiB is 1.0737 GB."""
    assert cost(tmp_path, "storage", f"stored: 1 PiB, {S3}, per: GiB") == pytest.approx(22_583.296)
    google = "provider: google, item: gcs-standard, stored: 1.073741824 TB"
    assert cost(tmp_path, "storage", google) == pytest.approx(1000 * 0.02)
    assert cost(tmp_path, "storage", "stored: 1 TiB, price: $0.02 / GiB-month") == pytest.approx(1024 * 0.02)


def test_copies_and_versions_are_what_a_first_estimate_leaves_out(tmp_path: Path) -> None:
    """1 TB x 2 copies x 3 versions at 0.02 = 120, of which 20 are the first."""
    entry = "stored: 1 TB, copies: 2, versions: 3, price: $0.02 / GB-month"
    assert parts(tmp_path, "storage", entry) == pytest.approx({"stored": 20, "copies and versions stored": 100})
    assert stages(tmp_path, "storage", entry)["copies and versions stored"] == ("production", True)


def test_copies_reach_cheaper_steps(tmp_path: Path) -> None:
    """40 TB twice: 50,000 x 0.023 + 30,000 x 0.022 = 1,810."""
    assert cost(tmp_path, "storage", f"stored: 40 TB, copies: 2, {S3}") == pytest.approx(1_810)


def test_each_tier_holds_its_share(tmp_path: Path) -> None:
    """100 TB: 60% in standard 50,000 x 0.023 + 10,000 x 0.022 = 1,370; 40% at 0.004 = 160."""
    tiers = "tiers: [{item: s3-standard, share: 60%}, {share: 40%, price: $0.004 / GB-month}]"
    found = parts(tmp_path, "storage", f"stored: 100 TB, provider: aws, {tiers}")
    assert found == pytest.approx({"stored in s3-standard": 1_370, "stored": 160})


def test_shares_that_are_ranges_hold_all_of_the_data(tmp_path: Path) -> None:
    tiers = "tiers: [{share: 50%..60%..70%, price: $1 / GB-month}, {share: 30%..40%..50%, price: $1 / GB-month}]"
    assert cost(tmp_path, "storage", f"stored: 100 GB, {tiers}") == pytest.approx(100)


def test_data_grows_by_a_share_or_by_what_is_added(tmp_path: Path) -> None:
    flat = "price: $1 / GB-month"
    assert monthly(tmp_path, "storage", f"stored: 100 GB, growth: 10%, {flat}", 3) == pytest.approx([100, 110, 121])
    assert monthly(tmp_path, "storage", f"stored: 100 GB, added: 5 GB/month, {flat}", 3) == pytest.approx(
        [100, 105, 110]
    )


def test_what_is_written_is_kept_for_its_retention(tmp_path: Path) -> None:
    """2 TB a month kept for 3 months: 6 TB; one that begins empty fills 2, 4, 6, 6."""
    entry = "written: 2 TB/month, retention: 3 months, price: $1 / TB-month"
    assert monthly(tmp_path, "storage", entry, 2) == pytest.approx([6, 6])
    assert monthly(tmp_path, "storage", entry + ", filling: true", 4) == pytest.approx([2, 4, 6, 6])
    assert monthly(tmp_path, "storage", "written: 2 TB/month, retention: 45 days, price: $1 / TB-month", 1) == [
        pytest.approx(2 * 45 * 12 / 365)
    ]


def test_reads_and_writes_are_paid_where_they_have_a_price(tmp_path: Path) -> None:
    """100 GB x 0.023 + 10 M x 0.40 per million = 2.30 + 4."""
    entry = "stored: 100 GB, price: $0.023 / GB-month, requests: 10M, request_price: $0.40 / M requests"
    assert cost(tmp_path, "storage", entry) == pytest.approx(6.30)


def test_nothing_costs_nothing_and_months_outside_are_free(tmp_path: Path) -> None:
    assert cost(tmp_path, "storage", f"stored: 0, {S3}") == 0
    window = "stored: 10 GB, price: $1 / GB-month, from: 2027-02, until: 2027-03"
    assert monthly(tmp_path, "storage", window, 4) == pytest.approx([0, 10, 10, 0])


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("stored: 1 TB", "E-PLAN-053", "{name: a"),
        ("price: $1 / GB-month", "E-PLAN-021", "{name: a"),
        ("written: 1 TB/month, price: $1 / GB-month", "E-PLAN-021", "{name: a"),
        ("stored: 1 TB, price: $1 / GB-month, requests: 1M", "E-PLAN-021", "{name: a"),
        ("stored: 1 TB, provider: aws, item: s3-standart", "E-PLAN-033", "item: s3-standart"),
        ("stored: 1 TB, tiers: [{share: 50%, price: $1 / GB-month}]", "E-PLAN-023", "tiers: "),
        ("stored: 1 TB, price: $1 / h", "E-PLAN-011", "price: "),
        ("stored: -1 TB, price: $1 / GB-month", "E-PLAN-016", "stored: "),
        ("stored: 1 TB, copies: 0, price: 1", "E-PLAN-016", "copies: "),
        ("stored: 1 TB, prize: $1 / GB-month", "E-PLAN-014", "prize: "),
        ("stored: 1 TB, provider: google, item: gcs-standard, per: GB", "E-PLAN-033", "item: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "storage", entry)
    assert (found, text[: len(place)]) == (code, place)
