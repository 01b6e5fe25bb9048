"""Models: parameters, layers and what they keep per token."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from outlay.model.document import read_document, validate
from outlay.plan.capacity.hardware import Precision
from outlay.plan.capacity.names import find, plain

# Bytes of a parameter. 4-bit formats carry scales: 4.5 bits.
BYTES: dict[Precision, float] = {"bf16": 2.0, "fp8": 1.0, "fp4": 0.5625, "int4": 0.5625}


@dataclass(frozen=True, slots=True)
class Model:
    """A model by its shape.

    `active_b` are the parameters (10^9) that one token multiplies with, `expert_b` those of all routed experts.
    `full_layers` are the layers whose attention sees every token (0: all layers), `mla` the elements that a layer with
    multi-head latent attention keeps per token (0: none such). `sparse` attention picks some of the tokens.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    name: str
    parameters_b: float
    active_b: float
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    source: str
    full_layers: int = 0
    mla: int = 0
    experts: int = 0
    experts_per_token: int = 0
    expert_b: float = 0.0
    sparse: bool = False
    embedding: bool = False
    aliases: tuple[str, ...] = ()
    seen: str = ""

    @property
    def parameters(self) -> float:
        """All parameters."""
        return self.parameters_b * 1e9

    @property
    def active_parameters(self) -> float:
        """The parameters that one token multiplies with."""
        return self.active_b * 1e9

    @property
    def attention_layers(self) -> int:
        """Layers that attend to every token and keep it."""
        return self.full_layers or self.layers

    @property
    def attention(self) -> str:
        """Its kind of attention: mla, hybrid or gqa."""
        return "mla" if self.mla else "hybrid" if self.full_layers else "gqa"

    def expert_bytes(self, precision: Precision) -> float:
        """Bytes of the routed experts."""
        return self.expert_b * 1e9 * BYTES[precision]

    def other_bytes(self, precision: Precision) -> float:
        """Bytes of what every token touches. In 4-bit models with experts only the experts have 4 bits."""
        kept = 2.0 if self.experts and precision in ("fp4", "int4") else BYTES[precision]
        return (self.parameters_b - self.expert_b) * 1e9 * kept

    def weight_bytes(self, precision: Precision) -> float:
        """Bytes of all weights. Llama 70B: 141.2e9 in bf16, 70.6e9 in fp8, 39.7e9 in fp4."""
        return self.expert_bytes(precision) + self.other_bytes(precision)

    @property
    def kv_elements_per_token(self) -> int:
        """Numbers kept per token: 2 x layers x KV heads x head size, or layers x 576 with MLA.

        Llama 70B 2 x 80 x 8 x 128 = 163,840; DeepSeek-V3 61 x 576 = 35,136.
        """
        each = self.mla or 2 * self.kv_heads * self.head_dim
        return self.attention_layers * each

    def kv_bytes_per_token(self, precision: Precision) -> float:
        """Bytes kept per token: one per number for fp8 and fp4, else two."""
        return self.kv_elements_per_token * (1.0 if precision in ("fp8", "fp4") else 2.0)


class ModelFile(BaseModel):
    """The file of models."""

    model_config = ConfigDict(extra="forbid")
    recorded: str
    models: list[Model]


@cache
def known_models() -> dict[str, Model]:
    """Every known model by name."""
    path = Path(str(files("outlay.plan.capacity").joinpath("data/models.yaml")))
    return {found.name: found for found in validate(read_document(path), ModelFile, "E-CAP-002").models}


@cache
def _by_any_name() -> dict[str, Model]:
    return known_models() | {plain(alias): found for found in known_models().values() for alias in found.aliases}


def model(name: str) -> Model:
    """The model of a name or an alias: `llama-3.1-70b`, `meta-llama/Llama-3.1-70B`."""
    hint = "or give the config.json of the model"
    return find(name, _by_any_name(), "E-CAP-002", "model", hint)
