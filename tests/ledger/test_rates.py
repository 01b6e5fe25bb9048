"""Currencies: no sum without a dated rate."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.bills import charge, workspace, write_bill

from outlay.ledger.rates import read_rates
from outlay.model.period import Period
from outlay.model.problem import InputError
from outlay.views.costs import Answer, Question, ask_costs
from outlay.workspace import Workspace

RATES = "currency: USD\nrates: rates.csv\n"
HEADER = "date,from,to,rate\n"
MIX = [
    charge("10", day="2026-10-01"),
    charge("10", day="2026-10-05", BillingCurrency="EUR"),
    charge("10", day="2026-10-20", BillingCurrency="EUR"),
]


def open_mix(folder: Path, rates: str | None) -> Workspace:
    opened = workspace(folder, "currency: USD\n" if rates is None else RATES)
    if rates is not None:
        (folder / "rates.csv").write_text(HEADER + rates)
    opened.load([write_bill(folder / "bill.csv", MIX)])
    return opened


def ask(opened: Workspace, currency: str = "") -> Answer:
    question = Question((), cost="billed")
    return ask_costs(opened.connection, opened.costs_in(currency), question, opened.journal.live())


def test_currencies_without_rates_have_no_total(tmp_path: Path) -> None:
    answer = ask(open_mix(tmp_path, None))
    assert (answer.total, answer.currency) == (None, None)
    assert {row.currency: row.cost for row in answer.rows} == {"USD": 10, "EUR": 20}
    assert answer.unattributed is None
    assert answer.share(Decimal(1)) is None


def test_the_latest_rate_on_or_before_the_day_counts(tmp_path: Path) -> None:
    opened = open_mix(tmp_path, "2026-10-05,EUR,USD,1.1\n2026-10-19,eur, usd ,1.2\n2026-10-21,EUR,USD,9\n")
    answer = ask(opened)
    assert (answer.total, answer.currency) == (Decimal(33), "USD")
    assert ask(opened, "native").total is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rates_may_be_delimited_as_spreadsheets_do(tmp_path: Path, delimiter: str) -> None:
    opened = open_mix(tmp_path, "2026-10-01,EUR,USD,1.1\n")
    path = tmp_path / "rates.csv"
    path.write_text("\ufeff" + path.read_text().replace(",", delimiter), encoding="utf-8")
    assert ask(opened).total == Decimal(32)


def test_a_day_without_a_rate_stops_the_sum(tmp_path: Path) -> None:
    opened = open_mix(tmp_path, "2026-10-06,EUR,USD,1.1\n")
    with pytest.raises(InputError) as raised:
        opened.costs_in()
    assert raised.value.code == "E-RATE-004"
    assert "EUR to USD on 2026-10-05" in raised.value.message


def test_a_rate_is_not_turned_round(tmp_path: Path) -> None:
    """A rate from USD to EUR says nothing of EUR to USD."""
    opened = open_mix(tmp_path, "2026-10-01,USD,EUR,0.9\n")
    with pytest.raises(InputError, match="no rate from EUR"):
        opened.costs_in()
    assert ask(opened, "eur").total == Decimal(29)


def test_a_currency_without_rates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        open_mix(tmp_path, None).costs_in("EUR")
    assert raised.value.code == "E-RATE-005"


def test_each_row_is_converted_to_twelve_decimals(tmp_path: Path) -> None:
    opened = workspace(tmp_path, RATES)
    (tmp_path / "rates.csv").write_text(HEADER + "2026-10-01,EUR,USD,1.123456789012\n")
    opened.load([write_bill(tmp_path / "bill.csv", [charge("-0.000000000003", BillingCurrency="EUR"), charge("1")])])
    assert ask(opened).total == Decimal("0.999999999997")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a,b\n1,2\n", "E-RATE-002", ""),
        (HEADER + "2026-10-01,EUR,USD,1\n2026-13-01,EUR,USD,1\n", "E-RATE-003", ":3"),
        (HEADER + "2026-10-01,EUR,USD,0\n", "E-RATE-003", ":2"),
        ("date;from;to;rate\n2026-10-01;EUR;USD;1,1\n", "E-RATE-003", ":2"),
        (HEADER + "2026-10-01,EUR,USD,-1\n", "E-RATE-003", ":2"),
        (HEADER + "2026-10-01,EUR,USD,one\n", "E-RATE-003", ":2"),
        (HEADER + "2026-10-01,EUR,USD,1\n2026-10-01,eur,usd,2\n", "E-RATE-003", ":2"),
    ],
)
def test_a_bad_table_of_rates_is_refused_with_its_line(tmp_path: Path, text: str, code: str, line: str) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(text)
    opened = workspace(tmp_path)
    with pytest.raises(InputError) as raised:
        read_rates(opened.connection, path)
    assert raised.value.code == code
    assert raised.value.place == f"{path}{line}"


def test_no_file_of_rates_is_said(tmp_path: Path) -> None:
    opened = workspace(tmp_path, RATES)
    with pytest.raises(InputError) as raised:
        opened.costs_in()
    assert raised.value.code == "E-RATE-001"


def test_only_the_days_that_are_asked_for_need_rates(tmp_path: Path) -> None:
    opened = open_mix(tmp_path, "2026-10-19,EUR,USD,1.2\n")
    late = Period(date(2026, 10, 19), date(2026, 11, 1))
    question = Question((), cost="billed", period=late)
    assert ask_costs(opened.connection, opened.costs_in("", late), question).total == Decimal(12)
    with pytest.raises(InputError, match="on 2026-10-05"):
        opened.costs_in("", Period(date(2026, 10, 2), date(2026, 11, 1)))
