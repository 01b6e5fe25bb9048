"""The table of names: every column is one that is read, and no name stands twice for it."""

from collections import Counter

from outlay.model.event import COUNTS, SUBJECTS, WHO
from outlay.sources.spans.names import aliases, known, operations
from outlay.sources.traffic.otlp import PARTS, PLAIN

# What messages and answers lie in, in any dialect.
TEXTS = ("input.value", "output.value", "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.prompt")


def test_every_column_of_the_table_is_read_and_every_one_that_is_read_has_a_name() -> None:
    assert {a.column for a in aliases()} == {*PLAIN, *PARTS}
    assert {*SUBJECTS, *WHO} <= {a.column for a in aliases()}
    assert set(COUNTS) - {"uncached"} <= {*PLAIN, *PARTS}


def test_no_name_stands_twice_for_a_column() -> None:
    counted = Counter((a.column, a.attribute, a.path) for a in aliases())
    assert [name for name, count in counted.items() if count > 1] == []


def test_a_value_says_one_thing() -> None:
    counted = Counter((o.attribute, o.value.lower()) for o in operations())
    assert [value for value, count in counted.items() if count > 1] == []
    assert {o.role for o in operations()} == {"call", "whole", "none"}


def test_no_text_is_known() -> None:
    assert not [name for name in known() if name.startswith(TEXTS) and "version" not in name]
