"""GPUs: memory, bandwidth, peak FLOP/s by precision, links and power."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from outlay.model.document import read_document, validate
from outlay.model.problem import InputError
from outlay.plan.capacity.names import find, plain

Precision = Literal["bf16", "fp8", "fp4", "int4"]
PRECISIONS: tuple[Precision, ...] = ("bf16", "fp8", "fp4", "int4")
# Rated power of a machine over the limits of its GPUs, where no rating is published: 1.82 for DGX H100, 1.79 for B200.
MACHINE_OVER_GPU = 1.8


@dataclass(frozen=True, slots=True)
class Tflops:
    """Dense peaks in TFLOP/s; None where the chip has no units for a precision."""

    bf16: float
    fp8: float | None = None
    fp4: float | None = None


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU.

    `link_gb_per_s` leads to the other GPUs of its machine in one direction, `watts` is the chip's own limit.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    name: str
    vendor: str
    memory_gb: float
    bandwidth_tb_per_s: float
    tflops: Tflops
    link_gb_per_s: float
    watts: float
    gpus_per_node: int
    source: str
    server_kw: float | None = None
    aliases: tuple[str, ...] = ()
    seen: str = ""

    @property
    def memory_bytes(self) -> float:
        """Bytes of its memory; a GB is 10^9."""
        return self.memory_gb * 1e9

    @property
    def bandwidth_bytes_per_second(self) -> float:
        """Bytes that its memory delivers in a second."""
        return self.bandwidth_tb_per_s * 1e12

    @property
    def link_bytes_per_second(self) -> float:
        """Bytes that leave for other GPUs in a second."""
        return self.link_gb_per_s * 1e9

    @property
    def kw(self) -> float:
        """Its share of the rated power of its machine: published, or 1.8 times its own limit."""
        return self.server_kw if self.server_kw is not None else self.watts / 1000 * MACHINE_OVER_GPU

    def peak_flops(self, precision: Precision) -> float:
        """Dense FLOP/s at which numbers of a precision are multiplied.

        int4, and fp8 or fp4 without units for it, are only storage: they are unpacked and multiplied as bf16.
        H100: bf16 989e12, fp8 1,979e12, fp4 989e12.
        """
        own = {"fp8": self.tflops.fp8, "fp4": self.tflops.fp4}.get(precision)
        return (own or self.tflops.bf16) * 1e12


class GpuFile(BaseModel):
    """The file of GPUs."""

    model_config = ConfigDict(extra="forbid")
    recorded: str
    gpus: list[Gpu]


@cache
def known_gpus() -> dict[str, Gpu]:
    """Every known GPU by name."""
    path = Path(str(files("outlay.plan.capacity").joinpath("data/gpus.yaml")))
    return {found.name: found for found in validate(read_document(path), GpuFile, "E-CAP-001").gpus}


@cache
def _by_any_name() -> dict[str, Gpu]:
    return known_gpus() | {plain(alias): found for found in known_gpus().values() for alias in found.aliases}


def gpu(name: str) -> Gpu:
    """The GPU of a name or an alias: `h100-80gb`, `h100_sxm`, `H100 SXM`."""
    return find(name, _by_any_name(), "E-CAP-001", "GPU", "a GPU can also be described by its memory and peaks")


def precision_of(name: str) -> Precision:
    """The precision of a name: `fp16` is `bf16`, `nvfp4` and `mxfp4` are `fp4`."""
    same: dict[str, Precision] = {"fp16": "bf16", "float16": "bf16", "bfloat16": "bf16", "nvfp4": "fp4", "mxfp4": "fp4"}
    same |= {"int8": "fp8", "awq": "int4", "gptq": "int4"}
    known: dict[str, Precision] = {p: p for p in PRECISIONS}
    found = (known | same).get(plain(name))
    if found is None:
        raise InputError("E-CAP-008", f"no precision {name!r}", f"known: {', '.join(PRECISIONS)}")
    return found
