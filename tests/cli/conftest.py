"""What differs from run to run is replaced before a snapshot is compared."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

REPLACED = (
    (r"\b[0-9a-f]{32}\b", "<id of 32>"),
    (r"\b[0-9a-f]{16}\b", "<id of 16>"),
    (r"\b20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+(\+00:00)?", "<moment>"),
    (r"\(\d+ days? old\)", "(<age> days old)"),
    (r'"age_days": \d+', '"age_days": <age>'),
    # The time of a load, not that of a charge, which is at midnight.
    (r"\b20\d\d-\d\d-\d\dT(?!00:00:00)\d\d:\d\d:\d\dZ?", "<time of 19>"),
)


@pytest.fixture
def scrub(tmp_path: Path) -> Callable[[str], str]:
    """A text without ids, moments and folders of this run."""

    def replaced(text: str) -> str:
        text = text.replace(str(Path(__file__).parents[1]), "<tests>").replace(str(tmp_path), "<folder>")
        for pattern, word in REPLACED:
            text = re.sub(pattern, word, text)
        return text

    return replaced
