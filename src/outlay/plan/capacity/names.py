"""How a name that a person wrote is found among known ones."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

from outlay.model.problem import InputError

Entry = TypeVar("Entry")


def plain(name: str) -> str:
    """A name without case, spaces, underscores and the publisher before a slash: `H100 SXM` and `h100_sxm` are one."""
    return re.sub(r"[\s_]+", "-", name.strip().lower().rpartition("/")[2])


def find(name: str, entries: Mapping[str, Entry], code: str, noun: str, hint: str) -> Entry:
    """The entry of a name. Raises `InputError` with the names that look alike."""
    found = entries.get(plain(name))
    if found is not None:
        return found
    family = plain(name).partition("-")[0]
    begin = [known for known in entries if known.partition("-")[0] == family]
    near = get_close_matches(plain(name), begin, n=3, cutoff=0.5) or get_close_matches(plain(name), entries, n=3)
    told = f"near: {', '.join(near)}" if near else f"known: {', '.join(entries)}"
    raise InputError(code, f"no {noun} {name!r} is known", f"{told}; {hint}")
