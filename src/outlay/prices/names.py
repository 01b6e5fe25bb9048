"""What a model is called: names of providers and models in every spelling, dated where a name changed its meaning.

A name is equal to one in the table or matches one of its expressions; nothing is guessed. A near name is offered, never
priced.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

MARK = "~"
# Parts that gateways and clouds put before the name of a model, beside names of providers. A region is none of them: it
# may have a price of its own.
PARTS = ("models", "publishers", "converse", "invoke")


@dataclass(frozen=True, slots=True)
class ModelName:
    """One name: equal to `pattern`, or matching the expression after `~`; between two days where those are told."""

    provider: str
    pattern: str
    model: str
    first: str = ""
    until: str = ""

    def holds(self, day: str) -> bool:
        """Whether the name has this meaning on a day."""
        return self.first <= day and (not self.until or day < self.until)


@dataclass(frozen=True)
class Names:
    """Every name of every model, and the providers' names as traces and gateways spell them.

    `hosts` are, for a provider that hosts the models of others, the providers whose names it uses.
    """

    models: Sequence[ModelName]
    providers: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _equal(self) -> dict[tuple[str, str], list[ModelName]]:
        found: dict[tuple[str, str], list[ModelName]] = {}
        for name in self.models:
            if not name.pattern.startswith(MARK):
                found.setdefault((name.provider, name.pattern), []).append(name)
        return found

    @cached_property
    def _expressions(self) -> dict[str, list[ModelName]]:
        found: dict[str, list[ModelName]] = {}
        for name in self.models:
            if name.pattern.startswith(MARK):
                found.setdefault(name.provider, []).append(name)
        return found

    @cached_property
    def _compiled(self) -> dict[str, list[tuple[re.Pattern[str], ModelName]]]:
        """Those of the providers that were asked for."""
        return {}

    def _matching(self, provider: str) -> list[tuple[re.Pattern[str], ModelName]]:
        """The names of a provider that are expressions; compiling all of them takes longer than most commands."""
        if provider not in self._compiled:
            names = self._expressions.get(provider, ())
            self._compiled[provider] = [(re.compile(name.pattern[1:]), name) for name in names]
        return self._compiled[provider]

    @cached_property
    def known(self) -> frozenset[str]:
        """The ids of all providers."""
        return frozenset(name.provider for name in self.models)

    def provider(self, said: str) -> str | None:
        """The id of a provider, however it is spelled; None if nobody knows it."""
        text = said.strip().lower()
        found = self.providers.get(text, text)
        return found if found in self.known else self._spellings.get(_joined(text))

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """The ids of all providers by every spelling without what separates its words."""
        spelled = {_joined(said): found for said, found in self.providers.items() if found in self.known}
        return {**spelled, **{_joined(found): found for found in self.known}}

    def spelled(self, said: str) -> str:
        """The id of whoever sells something, known for models or not."""
        text = said.strip().lower()
        return self.provider(text) or self.providers.get(text, text)

    def model(self, provider: str, said: str, day: str) -> tuple[str, str] | None:
        """Provider and id of the model that a name meant on a day; None if nothing is called so."""
        for text in self._bare(said.strip().lower()):
            for seller in (provider, *self.hosts.get(provider, ())):
                if found := self._called(seller, text, day):
                    return (provider if self._has(provider, found, day) else seller), found
        return None

    def turns(self, provider: str) -> set[str]:
        """The days on which some name of a provider changes its meaning."""
        sellers = (provider, *self.hosts.get(provider, ()))
        return {day for n in self.models if n.provider in sellers for day in (n.first, n.until) if day}

    def _has(self, provider: str, model: str, day: str) -> bool:
        """Whether a host has a price of its own for the model of a maker: then it names the model itself."""
        return any(name.model == model and name.holds(day) for name in self._equal.get((provider, model), ()))

    def _bare(self, text: str) -> Iterator[str]:
        """A name, then the same without the providers that stand before it: `bedrock/us.anthropic.claude`."""
        yield text
        head, slash, rest = text.partition("/")
        if slash and (head in PARTS or self.provider(head)):
            yield from self._bare(rest)

    def _called(self, provider: str, text: str, day: str) -> str | None:
        # A dated meaning comes before one that always held.
        equal = sorted(self._equal.get((provider, text), ()), key=lambda n: (n.first or n.until) == "")
        for name in equal:
            if name.holds(day):
                return name.model
        for pattern, name in self._matching(provider):
            if name.holds(day) and pattern.search(text):
                return name.model
        return None

    def near_providers(self, said: str) -> list[str]:
        """Up to three ids of providers of which some spelling looks alike."""
        alike = get_close_matches(_joined(said.strip().lower()), sorted(self._spellings), n=6, cutoff=0.75)
        return list(dict.fromkeys(self._spellings[spelling] for spelling in alike))[:3]

    def near(self, provider: str | None, said: str) -> list[str]:
        """Up to three names that look alike."""
        pool: Iterable[str] = (
            n.pattern if not n.pattern.startswith(MARK) else n.model
            for n in self.models
            if provider is None or n.provider == provider
        )
        return get_close_matches(said.strip().lower(), sorted(set(pool)), n=3, cutoff=0.75)


def _joined(spelling: str) -> str:
    """A spelling without what separates its words: `amazon bedrock` and `amazon-bedrock` are one."""
    return re.sub(r"[\s_-]+", "", spelling)
