"""Counts in words."""


def plural(count: int, noun: str, nouns: str = "") -> str:
    """So many of something: `1 request`, `1,200 requests`; `nouns` where they do not end in an s."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
