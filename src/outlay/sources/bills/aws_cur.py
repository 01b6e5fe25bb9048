"""AWS Cost and Usage Report: the legacy one (CSV and Parquet) and CUR 2.0 of Data Exports."""

from outlay.sources.bills import aws_commitments as commitments
from outlay.sources.bills import aws_money as money
from outlay.sources.bills import aws_names as names
from outlay.sources.bills.aws_lines import lines
from outlay.sources.source import Reading, Sample, Source

MARKS = ("line_item_line_item_type", "line_item_unblended_cost", "line_item_usage_start_date")
MARKS_OF_2 = (
    "product",
    "resource_tags",
    "tags",
    "bill_payer_account_name",
    "line_item_usage_account_name",
    "line_item_iam_principal",
)


def detect(sample: Sample) -> str | None:
    """`2.0` for an export with the maps and account names of CUR 2.0, `legacy` for another CUR, else None."""
    found = lines(sample)
    if not found.has(*MARKS):
        return None
    return "2.0" if any(found.has(mark) for mark in MARKS_OF_2) else "legacy"


def read(sample: Sample, version: str) -> Reading:
    """Every line as a charge, with rows of their own for unused commitments and for fees that commit to nothing."""
    found = lines(sample)
    columns = {
        "x_RowId": "x_RowId",
        **money.columns(found, sample.currency),
        **names.columns(sample, found),
        **commitments.columns(found),
    }
    return Reading(columns, version, money.KEPT, money.DROPPED, money.relation(found), made=frozenset({"x_Extra"}))


SOURCE = Source("aws-cur", "AWS Cost and Usage Report, legacy and 2.0 (CSV, csv.gz, Parquet)", detect, read)
