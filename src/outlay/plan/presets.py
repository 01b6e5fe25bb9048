"""Plans to start from: complete and commented, a file each in `presets/`, whose first line says what it is."""

import re
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from outlay.model.problem import InputError
from outlay.plan.world import month_index, month_label

# A month that stands alone, as 2027-03 does; the days of sources stay as they are.
MONTH = re.compile(r"(?<![\d-])(\d{4}-(?:0[1-9]|1[0-2]))(?![\d-])")
HEAD = re.compile(r"# (?P<name>[a-z-]+): (?P<words>.+)")
NAME = re.compile(r"^plan: .*$", re.MULTILINE)
LEGAL_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


@cache
def presets() -> Mapping[str, str]:
    """What each preset is, by its name."""
    folder = files("outlay.plan").joinpath("presets")
    found = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        head = HEAD.match(file.read_text(encoding="utf-8")) if file.name.endswith(".yaml") else None
        if head:
            found[head["name"]] = head["words"]
    return found


def preset(like: str, name: str = "", start: str = "") -> str:
    """The text of a preset under a name of its own, its months moved so that it begins in `start`."""
    if like not in presets():
        near = get_close_matches(like, presets(), n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise InputError("E-PLAN-044", f"no preset {like!r}", f"{meant}known: {', '.join(presets())}")
    return renamed(files("outlay.plan").joinpath(f"presets/{like}.yaml").read_text(encoding="utf-8"), name, start)


def renamed(text: str, name: str = "", start: str = "") -> str:
    """A plan as text under another name, beginning in another month."""
    if name and not LEGAL_NAME.fullmatch(name):
        raise InputError("E-PLAN-046", f"{name!r} is no name of a plan", "write small letters, digits and -")
    if start and not MONTH.fullmatch(start):
        raise InputError("E-PLAN-046", f"{start!r} is no month", "write it as 2027-01")
    if start:
        first = re.search(r"^start: (\S+)", text, re.MULTILINE)
        assert first
        begins = date.fromisoformat(f"{first[1]}-01")
        moved = date.fromisoformat(f"{start}-01")
        text = MONTH.sub(lambda m: month_label(moved, month_index(begins, m[1])), text)
    return NAME.sub(f"plan: {name}", text, count=1) if name else text
