"""Scrapes of metrics one after the other, as Prometheus reads them from a server: a table with one column `line`."""

import re
from pathlib import Path

from outlay.ledger.engine import file_name
from outlay.model.charge import literal
from outlay.sources.source import Sample

FORMAT = "scrapes"
LINE = "line"
# A metric has a colon in its name where its server gave it a prefix; no other text that is read begins so.
MARK = re.compile(r"^(?:# (?:TYPE|HELP) )?vllm:[a-z]", re.MULTILINE)
ROWS, LONGEST = 50, 4 << 20
# No text of metrics holds this character.
NEVER = "\x1f"


def sample(path: Path, text: str, compressed: bool) -> tuple[Sample, str]:
    """What a file of scrapes holds, and the table expression of its lines."""
    first = tuple({LINE: line} for line in text.splitlines()[:ROWS] if line)
    kind = literal("gzip" if compressed else "none")
    relation = (
        f"read_csv({file_name(path)}, compression={kind}, auto_detect=false, header=false, delim={literal(NEVER)}, "
        f"quote='', escape='', max_line_size={LONGEST}, columns={{'{LINE}': 'VARCHAR'}})"
    )
    return Sample(path, (LINE,), first, FORMAT), relation
