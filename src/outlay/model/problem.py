"""What can be wrong: a `Problem` is bad data (a value), an `OutlayError` stops a command.

OutlayError            exit 1, something failed
├── InputError         exit 2, the user's input is wrong; says what to do
├── BusyError          exit 1, another process holds what is needed
└── LedgerError        exit 1, the ledger would break one of its rules
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one place of an input; the rest of the input still counts.

    `line` is the line of a text file (1 is the header), `row` the data row (1 is the first).
    """

    code: str
    message: str
    hint: str = ""
    file: str = ""
    line: int | None = None
    row: int | None = None
    column: str = ""
    value: str = ""
    count: int = 1

    @property
    def place(self) -> str:
        """`file:line:column`, as far as known."""
        where = self.line if self.line is not None else (f"row {self.row}" if self.row is not None else None)
        return ":".join(str(p) for p in (self.file, where, self.column) if p not in ("", None))

    def __str__(self) -> str:
        parts = [f"{self.place}: " if self.place else "", self.code, " ", self.message]
        return "".join(parts) + (f"; {self.hint}" if self.hint else "")


# `Invalid Input Error: Malformed JSON in file "a.json", at byte 8 in record/value 2: unexpected end of data. Parse ...`
MALFORMED = re.compile(r"Malformed JSON in file .*, at byte (\d+) in (?:(line)|record/value) (\d+): ([^.]+)")


def first_line(error: object) -> str:
    """What an error says, without the lines that follow; of damaged JSON only what is wrong, and where."""
    text = str(error).strip().split("\n", 1)[0]
    found = MALFORMED.search(text)
    if found is None:
        return text
    byte, line, number, what = found.groups()
    # The engine counts the record that it was about to read.
    return f"{what} at byte {byte} of {line or 'record'} {max(int(number) - 1, 1)}"


class OutlayError(Exception):
    """Any failure that outlay reports itself: a code for scripts, a message and a hint for people."""

    exit_code = 1

    def __init__(
        self, code: str, message: str, hint: str = "", place: str = "", others: "Sequence[OutlayError]" = ()
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.place = code, message, hint, place
        # What else is wrong with the same input, so that it can be mended at once.
        self.others = tuple(others)

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        return f"{head}{self.code} {self.message}" + (f"; {self.hint}" if self.hint else "")


class InputError(OutlayError):
    """The input cannot be used as it is."""

    exit_code = 2


class BusyError(OutlayError):
    """Another process holds a lock that this one needs."""


class LedgerError(OutlayError):
    """A rule of the ledger would be broken; nothing was changed."""
