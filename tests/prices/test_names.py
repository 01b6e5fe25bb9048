"""Names of providers: each spelling means one of them, and a near one is offered, never taken."""

import pytest

from outlay.prices.book import list_prices

SPELLINGS = {
    "Azure OpenAI": "azure",
    "AzureOpenAI": "azure",
    "az.ai.openai": "azure",
    "azure_openai": "azure",
    "aws_bedrock": "aws",
    "Amazon-Bedrock": "aws",
    "amazon bedrock": "aws",
    "Google Vertex AI": "google",
    "x_ai": "x-ai",
    " OpenAI ": "openai",
    "open.ai": None,
    "acme": None,
    "": None,
}


@pytest.mark.parametrize("said", SPELLINGS)
def test_a_provider_is_known_by_every_spelling(said: str) -> None:
    assert list_prices().names.provider(said) == SPELLINGS[said]


@pytest.mark.parametrize(
    ("said", "near"), [("opnai", "openai"), ("Azure OpenAl", "azure"), ("anthropics", "anthropic")]
)
def test_a_near_name_of_a_provider_is_a_provider(said: str, near: str) -> None:
    names = list_prices().names
    assert names.near_providers(said)[0] == near
    assert {*names.near_providers(said)} <= names.known


def test_nothing_is_near_a_name_of_nobody() -> None:
    assert list_prices().names.near_providers("acme-cloud") == []
