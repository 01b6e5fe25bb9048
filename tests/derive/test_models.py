"""Which tokens a billed row is about, by the words of its SKU."""

import pytest

from outlay.derive.models import EVIDENCE, about
from outlay.prices.names import Names

NOBODY = Names([])

DIRECTIONS = [
    ("gpt-4o-2024-08-06, input", "Input"),
    ("gpt-4o-2024-08-06, output", "Output"),
    ("Generate content input token count gemini 2.5 flash", "Input"),
    ("Generate content output token count gemini 2.5 flash", "Output"),
    ("Generate content cached input token count gemini 2.5 flash", "Input"),
    ("Generative AI: Gemini 2.5 Pro Text Input", "Input"),
    ("Chat Completions input", "Input"),
    ("Chat Completions output (input above 200k)", "Output"),
    ("Cached responses", "Input"),
    ("Embedding generation", "Input"),
    ("Completion tokens", "Output"),
    ("Generated tokens", "Output"),
    ("Requests", None),
]


@pytest.mark.parametrize(("text", "direction"), DIRECTIONS)
def test_what_is_said_of_tokens_comes_before_the_name_of_the_interface(text: str, direction: str | None) -> None:
    row = {**dict.fromkeys(EVIDENCE, ""), "SkuMeter": text}
    assert about(NOBODY, row, "2026-10-05").direction == direction
