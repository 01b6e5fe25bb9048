"""The reference says what the code does: generated pages, keys of outlay.yaml, codes of errors, links."""

import re
import runpy
from pathlib import Path

import pytest
from pydantic import BaseModel

from outlay.derive.attribute import AttributionRule
from outlay.derive.split import SplitRule
from outlay.settings import Retention, Settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
GENERATED: dict[str, str] = runpy.run_path(str(ROOT / "scripts" / "reference.py"))["pages"]()
CODE = re.compile(r"\b[EW]-[A-Z]+-\d{3}\b")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_the_one_that_is_committed(name: str) -> None:
    committed = (REFERENCE / name).read_text(encoding="utf-8")
    assert committed == GENERATED[name], "run scripts/reference.py"


@pytest.mark.parametrize(
    ("heading", "model"),
    [("Top level", Settings), ("attribution", AttributionRule), ("split", SplitRule), ("retention", Retention)],
)
def test_outlay_yaml_tells_every_key_and_no_other(heading: str, model: type[BaseModel]) -> None:
    text = (REFERENCE / "outlay-yaml.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    told = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert told == {field.alias or name for name, field in model.model_fields.items()}


def _codes(paths: list[Path]) -> set[str]:
    return {code for path in paths if path.exists() for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_every_code_of_the_package_is_explained() -> None:
    package = ROOT / "src" / "outlay"
    raised = _codes([p for p in package.rglob("*") if p.suffix in (".py", ".csv", ".sql")])
    assert raised - _codes([REFERENCE / "errors.md", REFERENCE / "checks.md"]) == set()
    assert _codes([REFERENCE / "errors.md"]) - raised == set()


def test_every_page_stands_in_the_navigation() -> None:
    listed = set(re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE))
    present = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert present - listed == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_no_page_loads_anything_from_another_host() -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in (*PAGES, *DOCS.rglob("*.svg"))}
    loads = re.compile(r"!\[[^]]*\]\(https?:|(?:src|xlink:href)=[\"']https?:|@import|url\(https?:")
    assert [page.name for page, text in texts.items() if loads.search(text)] == []
