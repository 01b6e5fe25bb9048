"""Scrapes of metrics one after the other, as Prometheus reads them from a server: a table with one column `line`."""

import re
from pathlib import Path

from outlay.model.charge import literal
from outlay.sources.source import FIRST_ROWS, Sample
from outlay.sources.table import text_table

FORMAT = "scrapes"
LINE = "line"
# A metric has a colon in its name where its server gave it a prefix; no other text that is read begins so.
MARK = re.compile(r"^(?:# (?:TYPE|HELP) )?vllm:[a-z]", re.MULTILINE)
LONGEST = 4 << 20
# No text of metrics holds this character.
NEVER = "\x1f"


def sample(path: Path, text: str, compressed: bool) -> Sample:
    """What a file of scrapes holds."""
    first = tuple({LINE: line} for line in text.splitlines()[:FIRST_ROWS] if line)
    lines = text_table(
        "read_csv",
        path,
        compressed,
        auto_detect="false",
        header="false",
        delim=literal(NEVER),
        quote="''",
        escape="''",
        max_line_size=str(LONGEST),
        columns=f"{{'{LINE}': 'VARCHAR'}}",
    )
    return Sample(path, (LINE,), first, FORMAT, table=lines)
