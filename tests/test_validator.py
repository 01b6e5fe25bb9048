"""Exported files pass the official FOCUS validator, apart from the defects of its own rules."""

import gzip
import os
import re
import subprocess
from pathlib import Path

import pytest

from outlay.ledger.export import export
from outlay.workspace import Workspace

ROOT = Path(__file__).parent.parent
VALIDATOR = ROOT / ".validator" / "bin" / "focus-validator"
SAMPLES = os.environ.get("OUTLAY_SAMPLE_DATA", "")
# Rules that no data can pass, with the issue that reports them upstream.
KNOWN = {
    "1.2": {"CAU-InvoiceId-C-004-C", "InvoiceId-C-004-C"},
    "1.3": {
        "CAU-CapacityReservationStatus-C-002-C",
        "CAU-CapacityReservationStatus-C-004-C",
        "CAU-PricingCurrencyContractedUnitPrice-C-003-M",
        "CAU-PricingCurrencyContractedUnitPrice-C-012-C",
    },
}
needs_validator = pytest.mark.skipif(
    not VALIDATOR.exists(), reason="no official FOCUS validator: scripts/validator needs a Python 3.12"
)


def _failed(bill: Path, version: str, models: Path | None = None) -> tuple[set[str], str]:
    """The ids of the failing rules, and the validator's whole output."""
    site = next((ROOT / ".validator" / "lib").glob("python3.*/site-packages"))
    offline = ["--rule-set-path", str(models), "--block-download"] if models else ["--block-download"]
    command = [str(VALIDATOR), *offline, "--validate-version", version, "--data-file", str(bill)]
    # The validator reads its list of currencies relative to the current folder.
    done = subprocess.run(command, cwd=site, capture_output=True, text=True, check=False, timeout=600)
    lines = [line for line in done.stdout.splitlines() if "❌" in line]
    return {found[0] for line in lines if (found := re.findall(r"[\w-]+-[CMO]-\d{3}-\w+", line))}, done.stdout


def _exported(tmp_path: Path, version: str) -> Path:
    workspace = Workspace(tmp_path)
    workspace.load([ROOT / "tests" / "data" / "focus" / f"focus_ai_example_{version}.csv"])
    target = tmp_path / f"exported-{version}.parquet"
    export(workspace.connection, workspace.relation("costs"), version, target)
    return target


@needs_validator
def test_exported_1_2_passes_the_official_validator(tmp_path: Path) -> None:
    failed, output = _failed(_exported(tmp_path, "1.2"), "1.2")
    assert re.search(r"Pass: \d{2,}", output), output[-3000:]
    assert failed <= KNOWN["1.2"], output[-3000:]


@needs_validator
@pytest.mark.skipif(not SAMPLES, reason="OUTLAY_SAMPLE_DATA is not set: the rules of FOCUS 1.3 were not there")
def test_exported_1_3_passes_the_official_validator(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    packed = Path(SAMPLES) / "focus" / "focus_requirements_model_1.3.json.gz"
    (models / "model-1.3.json").write_bytes(gzip.decompress(packed.read_bytes()))
    failed, output = _failed(_exported(tmp_path, "1.3"), "1.3", models)
    assert re.search(r"Pass: \d{2,}", output), output[-3000:]
    assert failed <= KNOWN["1.3"], output[-3000:]
