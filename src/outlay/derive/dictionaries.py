"""Dictionary tables: from the texts that occur in a bill to the signs that the rules find in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from outlay.derive.evidence import CONTEXT, GROUPS, NAMES, Matcher, context_of, text_of
from outlay.derive.rulebook import canonical_provider
from outlay.model.charge import quoted

# For few texts the pattern that spares Python the others takes longer to compile than Python takes for all.
FEW = 100
_TYPES = {"provider": "INTEGER", "sign": "INTEGER", "reads_context": "BOOLEAN"}


@dataclass(frozen=True, slots=True)
class Dictionaries:
    """The dictionaries of one relation of charges; tables are called `prefix` and the name of a group."""

    connection: duckdb.DuckDBPyConnection
    charges: str
    prefix: str
    present: frozenset[str]
    matcher: Matcher
    providers: list[str]
    groups: dict[str, tuple[str, ...]]

    @property
    def signs(self) -> tuple[str, ...]:
        """The columns that hold the signs of a charge."""
        return ("names", *self.groups)

    @property
    def charges_with_names(self) -> str:
        """SQL of the charges `c` joined to their provider `n`."""
        texts = " AND ".join(f"n.{quoted(name)} = {text_of(name, self.present)}" for name in NAMES)
        return f"{self.charges} c LEFT JOIN {self.prefix}names n ON {texts}"

    @property
    def charges_with_signs(self) -> str:
        """SQL of the charges `c` joined to every dictionary."""
        joins = [self.charges_with_names]
        for group, columns in self.groups.items():
            texts = " AND ".join(f"{group}.{quoted(c)} = {text_of(c, self.present)}" for c in columns)
            joins.append(f"LEFT JOIN {self.prefix}{group} {group} ON {group}.provider = n.provider AND {texts}")
        return " ".join(joins)

    @property
    def key(self) -> dict[str, str]:
        """The columns that decide about a charge, with their SQL over `charges_with_signs`."""
        signs = {"names": "coalesce(n.sign, 0)"} | {g: f"coalesce({g}.sign, 0)" for g in self.groups}
        asks = " OR ".join(f"coalesce({t}.reads_context, FALSE)" for t in ("n", *self.groups))
        context = f"CASE WHEN {asks} THEN {context_of(self.present)} ELSE '' END"
        return {"provider": "coalesce(n.provider, 0)"} | signs | {"context": context}


def make_dictionaries(
    connection: duckdb.DuckDBPyConnection,
    charges: str,
    prefix: str,
    present: frozenset[str],
    matcher: Matcher,
) -> Dictionaries:
    """Match every distinct text of `charges` and write the dictionaries as temporary tables."""
    made = Dictionaries(connection, charges, prefix, present, matcher, [""], {})
    _write_names(made)
    for group in GROUPS:
        _write_group(made, group)
    return made


def write_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    rows: Sequence[Sequence[object]],
) -> None:
    """A temporary table of `rows`; one parameter per column, as a statement per row is slow in DuckDB."""
    typed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({typed})")
    if rows:
        picks = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in columns.values())
        connection.execute(f"INSERT INTO {table} SELECT {picks}", [list(c) for c in zip(*rows, strict=True)])


def write_contexts(made: Dictionaries, seen: str) -> str:
    """Match the contexts that occur in the table `seen`; return the name of their dictionary."""
    found = made.connection.execute(f"SELECT DISTINCT provider, context FROM {seen} WHERE context <> ''").fetchall()
    rows = [(p, text, made.matcher.sign(made.providers[p], [(CONTEXT, text)])) for p, text in found]
    table = f"{made.prefix}context"
    write_table(made.connection, table, {"provider": "INTEGER", "context": "VARCHAR", "sign": "INTEGER"}, rows)
    return table


def _write_names(made: Dictionaries) -> None:
    texts = ", ".join(text_of(name, made.present) for name in NAMES)
    rows = []
    for names in made.connection.execute(f"SELECT DISTINCT {texts} FROM {made.charges} c").fetchall():
        provider = canonical_provider(*names)
        if provider not in made.providers:
            made.providers.append(provider)
        service, older, issuer, publisher = names
        known = [
            ("ServiceProviderName", service or older),
            ("InvoiceIssuerName", issuer),
            ("PublisherName", publisher),
        ]
        sign = made.matcher.sign(provider, known)
        rows.append((*names, made.providers.index(provider), sign, sign in made.matcher.context_signs))
    write_table(made.connection, f"{made.prefix}names", dict.fromkeys(NAMES, "VARCHAR") | _TYPES, rows)


def _write_group(made: Dictionaries, group: str) -> None:
    read = tuple(c for c in GROUPS[group] if c in made.present and c in made.matcher.fields)
    if not read:
        return
    texts = ", ".join(f"{text_of(c, made.present)} AS {quoted(c)}" for c in read)
    # Stored first, or the optimizer would run the expressions on every charge before it makes texts distinct.
    distinct = f"SELECT DISTINCT n.provider, {texts} FROM {made.charges_with_names}"
    made.connection.execute(f"CREATE OR REPLACE TEMP TABLE {made.prefix}texts AS {distinct}")
    count = made.connection.execute(f"SELECT count(*) FROM {made.prefix}texts").fetchall()[0][0]
    where = f" WHERE {' OR '.join(made.matcher.may_match(c, quoted(c)) for c in read)}" if count > FEW else ""
    found = made.connection.execute(f"SELECT * FROM {made.prefix}texts{where}").fetchall()
    rows = []
    for provider, *values in found:
        sign = made.matcher.sign(made.providers[provider], list(zip(read, values, strict=True)))
        if sign:
            rows.append((provider, *values, sign, sign in made.matcher.context_signs))
    if rows:
        columns = {"provider": "INTEGER"} | dict.fromkeys(read, "VARCHAR") | _TYPES
        write_table(made.connection, f"{made.prefix}{group}", columns, rows)
        made.groups[group] = read
