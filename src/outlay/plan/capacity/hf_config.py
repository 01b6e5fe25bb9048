"""A model from its `config.json` of Hugging Face: parameters are computed from the shape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outlay.model.problem import InputError
from outlay.plan.capacity.models import Model

# Models whose feed-forward part has two matrices; all others have a gate too.
UNGATED = {"bert", "xlm-roberta", "roberta", "mpt", "gpt2", "opt", "falcon", "gpt_neox", "phi", "mpnet", "distilbert"}
ENCODERS = {"bert", "xlm-roberta", "roberta", "mpnet", "distilbert", "nomic_bert", "modernbert"}
LAYERS, HIDDEN = ("num_hidden_layers", "n_layers", "n_layer"), ("hidden_size", "d_model", "n_embd")
HEADS = ("num_attention_heads", "n_heads", "n_head")
EXPERTS = ("n_routed_experts", "num_local_experts", "num_experts")
EXPERTS_PER_TOKEN = ("num_experts_per_tok", "experts_per_token", "top_k_experts", "moe_topk")


@dataclass(frozen=True, slots=True)
class Config:
    """The part of a `config.json` that describes the language model, and where it is."""

    path: Path
    said: Mapping[str, Any]

    def number(self, *keys: str, default: int | None = None) -> int:
        """The first of some keys that is there. Raises `InputError` with file and key."""
        for key in keys:
            if self.said.get(key) is not None:
                return self._checked(key, self.said[key])
        if default is None:
            raise self.refusal(f"the key {keys[0]!r} is missing", keys[0])
        return default

    def _checked(self, key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.refusal(f"{key} is {value!r}", key)
        return value

    def refusal(self, message: str, key: str) -> InputError:
        """An error at a key."""
        return InputError("E-CAP-007", message, "it must be a whole number, 0 or more", f"{self.path}:{key}")

    @property
    def kind(self) -> str:
        """The type of model that the file names."""
        return str(self.said.get("model_type", ""))


def model_from_config(path: Path) -> Model:
    """The model that a `config.json` describes, or the folder of one.

    Parameters = embeddings (twice where the output has its own) + layers x (attention + feed-forward). Norms and biases
    are left out: under 0.1%. Llama 3.1 70B: 2 x 128,256 x 8,192 + 80 x (151.0e6 + 704.6e6) = 70.55e9.
    """
    config = read_config(path / "config.json" if path.is_dir() else path)
    layers, hidden, heads = config.number(*LAYERS), config.number(*HIDDEN), config.number(*HEADS)
    experts = config.number(*EXPERTS, default=0)
    per_token = config.number(*EXPERTS_PER_TOKEN) if experts else 0
    routed = expert_layers(config) * experts * 3 * hidden * _expert_width(config) if experts else 0
    table = config.number("vocab_size") * hidden
    tables = 1 if config.said.get("tie_word_embeddings") or config.kind in ENCODERS else 2
    other = table * tables + attention_parameters(config) + feed_forward_parameters(config)
    looked_up = table if tables == 2 else 0
    active = other - looked_up + (routed * per_token // experts if experts else 0)
    return Model(
        name=_name(config),
        parameters_b=(other + routed) / 1e9,
        active_b=active / 1e9,
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=config.number("num_key_value_heads", default=heads),
        head_dim=_head_dim(config),
        source=str(config.path),
        full_layers=_full_layers(config),
        mla=_mla(config),
        experts=experts,
        experts_per_token=per_token,
        expert_b=routed / 1e9,
        sparse=config.number("index_topk", default=0) > 0,
        embedding=config.kind in ENCODERS,
    )


def read_config(path: Path) -> Config:
    """The language model of a `config.json`; models that also see or hear keep it under `text_config`."""
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError("E-CAP-007", "no such file", "name a config.json or its folder", str(path)) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        line = f":{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError("E-CAP-007", "not JSON", "name the config.json of a model", f"{path}{line}") from error
    if not isinstance(said, dict):
        raise InputError("E-CAP-007", "no JSON object", "name the config.json of a model", str(path))
    inner = said.get("text_config")
    return Config(path, {**said, **inner} if isinstance(inner, dict) else said)


def attention_parameters(config: Config) -> int:
    """Parameters of attention in all layers."""
    layers, linear = config.number(*LAYERS), _layer_types(config).count("linear_attention")
    full = _mla_parameters(config) if _mla(config) else _gqa_parameters(config)
    return (layers - linear) * full + (linear * _linear_parameters(config) if linear else 0)


def _gqa_parameters(config: Config) -> int:
    """d x (2 heads + 2 KV heads) x head size; an output gate is as large as the queries."""
    hidden, heads = config.number(*HIDDEN), config.number(*HEADS)
    gate = heads if config.said.get("attn_output_gate") else 0
    return hidden * _head_dim(config) * (2 * heads + gate + 2 * config.number("num_key_value_heads", default=heads))


def _mla_parameters(config: Config) -> int:
    """Down and up projections of queries and of keys and values, and the output."""
    hidden, heads, rank = config.number(*HIDDEN), config.number(*HEADS), config.number("kv_lora_rank")
    nope, rope, value = (config.number(k) for k in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"))
    query_rank = config.number("q_lora_rank", default=0)
    queries = (hidden + heads * (nope + rope)) * query_rank if query_rank else hidden * heads * (nope + rope)
    return queries + hidden * (rank + rope) + rank * heads * (nope + value) + heads * value * hidden


def _linear_parameters(config: Config) -> int:
    """Queries, keys, values, gate and output of a layer with linear attention."""
    keys = config.number("linear_num_key_heads") * config.number("linear_key_head_dim")
    values = config.number("linear_num_value_heads") * config.number("linear_value_head_dim")
    return config.number(*HIDDEN) * (2 * keys + 3 * values + 2 * config.number("linear_num_value_heads"))


def feed_forward_parameters(config: Config) -> int:
    """Parameters of feed-forward parts that every token passes: dense layers, shared experts and routers."""
    hidden, layers, sparse = config.number(*HIDDEN), config.number(*LAYERS), expert_layers(config)
    matrices = 2 if config.kind in UNGATED else 3
    ratio = config.number("expansion_ratio", default=4)
    width = config.number("intermediate_size_mlp", "intermediate_size", "n_inner", "ffn_dim", default=ratio * hidden)
    dense = (layers - sparse) * matrices * hidden * width
    return dense + sparse * hidden * (3 * _shared_width(config) + config.number(*EXPERTS, default=0))


def expert_layers(config: Config) -> int:
    """Layers with routed experts."""
    if not config.number(*EXPERTS, default=0):
        return 0
    step = config.number("interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_freq", default=1) or 1
    without = config.number("first_k_dense_replace", default=0) + len(config.said.get("mlp_only_layers") or ())
    return (config.number(*LAYERS) - without) // step


def _expert_width(config: Config) -> int:
    return config.number("moe_intermediate_size", "intermediate_size")


def _shared_width(config: Config) -> int:
    """Width of the experts that every token passes."""
    if config.kind.startswith("llama4"):
        return _expert_width(config)
    count = config.number("n_shared_experts", "num_shared_experts", default=0)
    return count * _expert_width(config) + config.number("shared_expert_intermediate_size", default=0)


def _mla(config: Config) -> int:
    """Elements that a layer with latent attention keeps per token."""
    rank = config.number("kv_lora_rank", default=0)
    return rank + config.number("qk_rope_head_dim") if rank else 0


def _head_dim(config: Config) -> int:
    """Numbers per head; with latent attention the mean of that of queries and keys and that of values."""
    if _mla(config):
        parts = (config.number(k) for k in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"))
        return sum(parts) // 2
    return config.number("head_dim", default=config.number(*HIDDEN) // max(config.number(*HEADS), 1))


def _layer_types(config: Config) -> list[str]:
    return [str(kind) for kind in config.said.get("layer_types") or ()]


def _full_layers(config: Config) -> int:
    """Layers that see every token, where some do not; else 0."""
    kinds, layers = _layer_types(config), config.number(*LAYERS)
    full = kinds.count("full_attention") if kinds else layers
    pattern = config.number("sliding_window_pattern", default=0)
    if not kinds and pattern:
        full = layers // pattern
    return full if 0 < full < layers else 0


def _name(config: Config) -> str:
    said = str(config.said.get("_name_or_path") or "")
    return said.rpartition("/")[2].lower() or config.path.resolve().parent.name.lower()
