"""What a bill holds beside usage: credits, refunds, adjustments and taxes."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from outlay.demo.amounts import MICRO, micro, pico, to_cents
from outlay.demo.charges import Place, Row, bare, costs, invoiced, total
from outlay.demo.facts import Bill, bills, table
from outlay.demo.timeline import Month, day_stamp, month_named

LAYERS = {
    "Amazon SageMaker": "inference-compute",
    "Compute Engine": "training-compute",
    "Claude Haiku 4.5 (Amazon Bedrock Edition)": "model-api",
    "Cloud Storage": "storage",
}


def adjustment_rows() -> Iterator[Row]:
    """The rows of the table `adjustments`: amounts without a SKU."""
    for row in table("adjustments"):
        bill = bills()[row["bill"]]
        place = Place(row["account"], LAYERS[row["service"]])
        amount = pico(row["amount"])
        words = {
            "ChargeCategory": row["category"],
            "ChargeClass": row["class"],
            "ChargeFrequency": "One-Time",
            "ChargeDescription": row["description"],
            "ChargePeriodStart": f"{row['start']}T00:00:00Z",
            "ChargePeriodEnd": f"{row['end']}T00:00:00Z",
        }
        month = invoiced(bill, month_named(row["month"]))
        yield bare(bill, row["service"], place) | month | words | costs(amount, amount)


def tax_rows(bill: Bill, month: Month, rows: list[Row]) -> Iterator[Row]:
    """The taxes on one invoice, from what its taxed services billed."""
    for tax in table("taxes"):
        if tax["bill"] == bill.name:
            patterns = tax["services"].split("|")
            taxed = [r for r in rows if any(fnmatchcase(r["ServiceName"], p) for p in patterns)]
            yield _tax(bill, month, tax, to_cents(total(taxed) * micro(tax["rate"]) // MICRO))


def _tax(bill: Bill, month: Month, tax: dict[str, str], amount: int) -> Row:
    words = {
        "ChargeCategory": "Tax",
        "ChargeFrequency": "One-Time",
        "ChargeDescription": tax["description"],
        "ChargePeriodStart": day_stamp(month.first),
        "ChargePeriodEnd": day_stamp(month.following),
    }
    place = Place(tax["account"], "none")
    return bare(bill, bill.tax_service, place) | invoiced(bill, month) | words | costs(amount, amount)
