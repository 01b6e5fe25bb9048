"""`outlay prices`: what models and resources cost on a day, what one call costs, and whether the book is plausible."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, find_book, reported
from outlay.cli.output import Table, emit
from outlay.cli.price_check import CHECK_HELP, check
from outlay.cli.price_resources import list_family, quote_item, show_item, wanted_of
from outlay.cli.price_update import UPDATE_HELP, update
from outlay.cli.price_views import (
    age,
    legal,
    line_table,
    moment,
    plain,
    price_data,
    price_table,
    quote_data,
    quote_foot,
    quote_head,
    summary_data,
    told_age,
)
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.prices.book import Book
    from outlay.prices.price import Price

PRICES_HELP = "The dated price book: what models cost on any day, what one call costs, whether the book is plausible."
LIST_HELP = """List providers, or the prices of a provider's models on a day, or those of a family of resources.

Examples:

  outlay prices list

  outlay prices list --provider anthropic --at 2025-10-01 --tier batch

  outlay prices list --family egress --provider aws
"""
SHOW_HELP = """Show every price of a model or resource: all days, tiers, steps and hours, each with its source.

Examples:

  outlay prices show o3 --provider openai

  outlay prices show deepseek-chat --provider deepseek --format csv

  outlay prices show h100-80gb --family gpu
"""
QUOTE_HELP = """Say what one call, or a quantity of a resource, costs, with each unit price, its source and its day.

--input counts the whole input, cached and written tokens included, as OpenTelemetry does. The context tier follows it
unless --context says otherwise. A day means 12:00 UTC. A cost that is not known is null, with the reason.

Examples:

  outlay prices quote --provider openai --model o3 --at 2025-05-01 --input 10000 --output 1000

  outlay prices quote -p anthropic -m claude-sonnet-4-5 --input 10000 --cache-read 2000 --cache-write-1h 4000

  outlay prices quote --family egress --provider aws --item internet --quantity 20000
"""
ModelOption = Annotated[str, typer.Option("--model", "-m", help="The model as it was called.")]
ProviderOption = Annotated[str, typer.Option("--provider", "-p", help="Who was called: openai, aws.bedrock, ...")]
AtOption = Annotated[str, typer.Option("--at", help="A day (12:00 UTC) or a time; default: now.")]
FamilyOption = Annotated[
    str, typer.Option(help="No models: gpu, storage, egress, vector-store, observability, mlops or labour.")
]
TierOption = Annotated[str, typer.Option("--tier", help="standard, batch, flex, priority or fast.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=PRICES_HELP, no_args_is_help=True, rich_markup_mode=None)
    group.command("list", help=LIST_HELP)(list_models)
    group.command("show", help=SHOW_HELP)(show)
    group.command("quote", help=QUOTE_HELP)(quote)
    group.command("update", help=UPDATE_HELP)(update)
    group.command("check", help=CHECK_HELP)(check)
    app.add_typer(group, name="prices")


@reported
def list_models(
    provider: ProviderOption = "",
    at: AtOption = "",
    tier: TierOption = "standard",
    family: FamilyOption = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """List providers, or a provider's models, or the resources of a family."""
    from outlay.prices.listing import providers, summaries
    from outlay.prices.registry import known_tier

    if family:
        list_family(wanted_of(family, "", provider, workspace, term=""), at, format, workspace)
        return

    tier, book = legal(known_tier, tier), find_book(workspace)
    if not provider:
        found = providers(book)
        cells = [[p.provider, str(p.models), str(p.prices), p.recorded_at] for p in found]
        table = Table(["provider", "models", "prices", "recorded"], cells, frozenset({"models", "prices"}))
        emit(format, table, {"providers": [asdict(p) for p in found], "book": age(book)}, foot=[told_age(book)])
        return
    known, then = _provider(book, provider), moment(at)
    rows = summaries(book, known, then, tier)
    units = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"]
    cells = [[r.model, *(plain(r.prices.get(u)) for u in units), r.first] for r in rows]
    table = Table(["model", *units, "since"], cells, frozenset(units))
    asked = {"provider": known, "at": then.isoformat(), "tier": tier}
    per = {"unit": "token", "currency": "USD", "per": 1_000_000}
    foot = [f"USD per million tokens, tier {tier}, {then.date()}", told_age(book)]
    emit(format, table, {**asked, **per, "models": [summary_data(r) for r in rows], "book": age(book)}, foot=foot)


@reported
def show(
    model: Annotated[str, typer.Argument(help="The model as it is called, or the item of a family.")],
    provider: ProviderOption = "",
    family: FamilyOption = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Show every price of a model, or of an item of a family."""
    if family:
        show_item(wanted_of(family, model, provider, workspace, term=""), format, workspace)
        return
    _asked(model, provider)
    book = find_book(workspace)
    known = _provider(book, provider)
    found = book.names.model(known, model, moment("").date().isoformat())
    if found is None:
        near = book.names.near(known, model)
        hint = f"did you mean {', '.join(near)}?" if near else f"outlay prices list --provider {known} shows its models"
        raise InputError("E-PRICE-004", f"unknown model {model!r} of {known}", hint)
    prices = sorted(book.of(*found), key=_order)
    data = {"provider": found[0], "model": found[1], "prices": [price_data(p) for p in prices], "book": age(book)}
    emit(format, price_table(prices), data, head=f"{found[1]} of {found[0]}, USD")


@reported
def quote(
    model: ModelOption = "",
    provider: ProviderOption = "",
    at: AtOption = "",
    input: Annotated[int, typer.Option("--input", help="Input tokens, all of them.", min=0)] = 0,
    cache_read: Annotated[int, typer.Option("--cache-read", help="Tokens read from a cache.", min=0)] = 0,
    cache_write_5m: Annotated[int, typer.Option("--cache-write-5m", help="Tokens written for minutes.", min=0)] = 0,
    cache_write_1h: Annotated[int, typer.Option("--cache-write-1h", help="Tokens written for an hour.", min=0)] = 0,
    output: Annotated[int, typer.Option("--output", help="Output tokens, reasoning included.", min=0)] = 0,
    tier: TierOption = "standard",
    context: Annotated[int | None, typer.Option(help="Input tokens that decide the context tier.", min=0)] = None,
    family: FamilyOption = "",
    item: Annotated[str, typer.Option(help="With --family: what is bought.")] = "",
    quantity: Annotated[str, typer.Option(help="With --family: how many units.")] = "1",
    unit: Annotated[str, typer.Option(help="With --family: GB, GiB, GPU-hour ...")] = "",
    region: Annotated[str, typer.Option(help="Where: of a resource, or where the model runs.")] = "",
    term: Annotated[str, typer.Option(help="With --family: on-demand, spot, 3-year ...")] = "on-demand",
    offer: Annotated[str, typer.Option(help="With --family: which of a provider's offers.")] = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Say what one call costs, or a quantity of a resource."""
    from outlay.prices.quote import Call
    from outlay.prices.quote import quote as ask
    from outlay.prices.registry import known_tier

    if family:
        wanted = wanted_of(family, item, provider, workspace, unit=unit, region=region, term=term, offer=offer)
        quote_item(wanted, quantity, at, format, workspace)
        return
    _asked(model, provider)
    book, then, tier = find_book(workspace), moment(at), legal(known_tier, tier)
    counts = (input, cache_read, cache_write_5m, cache_write_1h, output)
    call = Call(provider, model, then, *counts, tier=tier, context=context, region=region)
    found = ask(book, call)
    emit(format, line_table(found), quote_data(found, book), head=quote_head(found), foot=quote_foot(found, book))


def _asked(model: str, provider: str) -> None:
    """Refuse a question that names neither a model of a provider nor a family."""
    if not model or not provider:
        hint = "or --family, such as --family egress with --item internet"
        raise InputError("E-PRICE-010", "a model and its provider are asked for; say --provider and --model", hint)


def _provider(book: "Book", said: str) -> str:
    found = book.names.provider(said)
    if found is None:
        near = book.names.near_providers(said)
        hint = f"did you mean {', '.join(near)}?" if near else "outlay prices list shows the known ones"
        raise InputError("E-PRICE-003", f"unknown provider {said!r}", hint)
    return found


def _order(price: "Price") -> tuple[object, ...]:
    """The standard tier first, then by day."""
    return price.tier != "standard", price.tier, price.first, price.daily_from, price.unit, price.above
