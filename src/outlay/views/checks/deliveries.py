"""The checks that compare what the journal says with what the ledger holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

from outlay.ledger.engine import statement
from outlay.ledger.journal import Entry
from outlay.model.charge import COSTS, literal
from outlay.views.checks.breach import Breach
from outlay.views.checks.rows import MONEY

if TYPE_CHECKING:
    import duckdb

Sums = dict[tuple[str, str | None], tuple[Decimal, ...]]


def check_deliveries(live: Sequence[Entry]) -> Iterator[Breach]:
    """Scopes and calls that are in the ledger twice, and deliveries that cover the same days of one account."""
    yield from _same_calls(live)
    live = [e for e in live if e.shape == "charge"]
    by_scope = _grouped(live, lambda e: (e.source, e.account, e.period_start))
    for (source, account, period), entries in by_scope.items():
        whole = [e for e in entries if not e.part]
        if len(whole) > 1:
            name = _scope(source, account, period)
            yield Breach("D-SCOPE", "", None, _file(whole[1]), len(whole), None, None, name)
        for one, other in combinations(entries, 2):
            if (one.part or other.part) and _overlap(one, other, same_provider=True):
                yield _shared("D-PART", _scope(source, account, period), one, other)
    for (account,), entries in _grouped(live, lambda e: (e.account,)).items():
        yield from _overlaps(account, entries)


def _overlaps(account: str, entries: Sequence[Entry]) -> Iterator[Breach]:
    """One breach for each two source systems that deliver the same days of an account."""
    seen = set()
    for one, other in combinations(entries, 2):
        sources = " and ".join(sorted((one.source, other.source)))
        if one.source == other.source or sources in seen or not _overlap(one, other, same_provider=not account):
            continue
        seen.add(sources)
        yield _shared("D-OVERLAP", f"{sources} of {account or '(no account)'}", one, other)


def _same_calls(live: Sequence[Entry]) -> Iterator[Breach]:
    """Files of calls that say the same to the last digit. Calls without ids cannot be told apart one by one."""
    calls = sorted((e for e in live if e.shape == "event" and e.coverage), key=lambda e: e.delivery_id)
    for entries in _grouped(calls, lambda e: (repr(e.coverage), repr(e.totals))).values():
        for other in entries[1:]:
            names = f"{entries[0].files[0]['name']} and {other.files[0]['name']}"
            known = [Decimal(t["x_MeteredCost"]) for t in other.totals if t["x_MeteredCost"] is not None]
            currency = other.totals[0]["currency"] or None
            yield Breach("D-CALLS", "", currency, _file(other), other.rows, sum(known, Decimal(0)), None, names)


def _shared(code: str, name: str, one: Entry, other: Entry) -> Breach:
    """At most the smaller of both deliveries is counted twice."""
    less = min((one, other), key=_billed)
    currency = next((str(t["currency"]) for t in less.totals), None)
    return Breach(code, "", currency, _file(other), less.rows, _billed(less), None, name)


def _overlap(one: Entry, other: Entry, *, same_provider: bool) -> bool:
    """Whether two deliveries bill a day in common."""
    return any(
        a["first_day"] <= b["last_day"]
        and b["first_day"] <= a["last_day"]
        and (not same_provider or a["provider"] == b["provider"])
        for a in one.coverage
        for b in other.coverage
        if a["kind"] == b["kind"] == "billed"
    )


def check_totals(
    connection: "duckdb.DuckDBPyConnection", charges: str, costs: str, live: Sequence[Entry]
) -> Iterator[Breach]:
    """Deliveries whose charges are not what the journal recorded, or whose costs are not their charges."""
    sums = ", ".join(f"sum(c.{c}) AS {c}" for c in MONEY)
    query = statement("outlay.views.checks", "totals").format(charges=charges, costs=costs, sums=sums)
    held: dict[str, Sums] = {"charges": {}, "costs": {}}
    for table, delivery, currency, _, _, *values in connection.execute(query).fetchall():
        held[table][delivery, currency] = tuple(v or Decimal(0) for v in values)
    files = {e.delivery_id: _file(e) for e in live}
    yield from _differences("D-TOTALS", held["charges"], _recorded(live), COSTS, files)
    yield from _differences("D-COSTS", held["costs"], held["charges"], MONEY, files)


def _recorded(live: Sequence[Entry]) -> Sums:
    found: Sums = {}
    for entry in (e for e in live if e.shape == "charge"):
        for said in entry.totals:
            key = (entry.delivery_id, said["currency"])
            before = found.get(key, (Decimal(0),) * len(COSTS))
            found[key] = tuple(b + Decimal(said[c] or 0) for b, c in zip(before, COSTS, strict=True))
    return found


def _differences(
    code: str, held: Sums, due: Sums, columns: Sequence[str], files: Mapping[str, str]
) -> Iterator[Breach]:
    """The first column of each delivery whose sums differ."""
    none = (Decimal(0),) * len(columns)
    for key in sorted(held.keys() | due.keys(), key=str):
        pairs = zip(columns, held.get(key, none), due.get(key, none), strict=False)
        wrong = next(((c, is_, was) for c, is_, was in pairs if is_ != was), None)
        if wrong:
            column, is_, was = wrong
            delivery, currency = key
            yield Breach(code, column, currency, files.get(delivery, ""), 1, is_ - was, None, str(is_), str(was))


def check_invoices(
    connection: "duckdb.DuckDBPyConnection", charges: str, invoices: Mapping[str, Decimal]
) -> Iterator[Breach]:
    """Invoices whose rows do not add up to their total, as far as the digits of the total go."""
    if not invoices:
        return
    marks = ", ".join(literal(i) for i in invoices)
    query = statement("outlay.views.checks", "invoices").format(charges=charges, marks=marks)
    held = _grouped(connection.execute(query).fetchall(), lambda row: (row[0],))
    for invoice, total in invoices.items():
        rows = held.get((invoice,), [])
        if not rows:
            yield Breach("D-INVOICE-MISSING", "InvoiceId", None, "", 0, total, None, invoice)
        elif breach := _invoice(invoice, total, rows):
            yield breach


def _invoice(invoice: str, total: Decimal, rows: Sequence[tuple[Any, ...]]) -> Breach | None:
    _, currency, _, _, file_id, row = rows[0]
    count, billed = sum(r[2] for r in rows), sum((r[3] for r in rows), Decimal(0))
    if len({r[1] for r in rows}) > 1:
        spoken = " and ".join(str(r[1]) for r in rows)
        return Breach("D-INVOICE", "BillingCurrency", currency, file_id, count, None, row, f"{invoice} is in {spoken}")
    half_unit = Decimal(5).scaleb(min(int(total.as_tuple().exponent), 0) - 1)
    if abs(billed - total) <= half_unit:
        return None
    said = f"{invoice} is {total:f}, its rows add up to {billed.normalize():f}"
    return Breach("D-INVOICE", "BilledCost", currency, file_id, count, billed - total, row, said)


def _grouped(items: Iterable[Any], key: Any) -> dict[tuple[Any, ...], list[Any]]:
    found: dict[tuple[Any, ...], list[Any]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def _billed(entry: Entry) -> Decimal:
    return sum((Decimal(t["BilledCost"] or 0) for t in entry.totals), Decimal(0))


def _scope(source: str, account: str, period: str) -> str:
    return f"{source} {account or '(no account)'} {period}"


def _file(entry: Entry) -> str:
    return str(entry.files[0]["id"]) if entry.files else ""
