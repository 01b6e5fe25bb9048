"""Every format that can be loaded, in the order in which they are asked whether a file is theirs."""

from importlib.metadata import entry_points

from outlay.sources.bills import BILLS, manual
from outlay.sources.facts import FACTS
from outlay.sources.source import Source
from outlay.sources.traffic import TRAFFIC, usage


def sources() -> tuple[Source, ...]:
    """Our formats, those that other packages register as `outlay.sources`, and the plain tables last."""
    return (
        *BILLS,
        *TRAFFIC,
        *FACTS,
        *(entry.load() for entry in entry_points(group="outlay.sources")),
        usage.SOURCE,
        manual.SOURCE,
    )


def may_be_known(head: str) -> bool:
    """Whether the beginning of a JSON file has the keys that some format needs: folders hold manifests too."""
    return any(
        source.needs and all(any(f'"{_key(name)}"' in head for name in names) for names in source.needs)
        for source in sources()
    )


def _key(column: str) -> str:
    return column.rsplit(".", 1)[-1]
