"""The 15 cost layers, the kinds of AI work, the kinds of waste, and the groupings of published cost models.

The layers are the union of five published breakdowns of AI cost; `ROLLUPS` leads back to each of them.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the stack: `compute` marks what a GPU budget would show."""

    name: str
    meaning: str
    compute: bool = False


LAYERS: tuple[Layer, ...] = (
    Layer("model-api", "calls of hosted models, by token or by request"),
    Layer("inference-compute", "machines and endpoints that serve models", compute=True),
    Layer("training-compute", "machines that train, tune or experiment", compute=True),
    Layer("data-preparation", "ingestion, cleaning, labelling, validation, feature pipelines"),
    Layer("storage", "data sets, checkpoints, artefacts, backups"),
    Layer("retrieval", "vector stores, search, embedding and re-ranking"),
    Layer("network", "egress, transfer between zones, regions and clouds, load balancers"),
    Layer("observability", "logs, metrics, traces, prompt logging, drift detection"),
    Layer("evaluation", "evaluation sets, judge models, quality and safety tests"),
    Layer("orchestration", "gateways, queues, workflow engines, agents, functions"),
    Layer("mlops-platform", "experiment tracking, registries, ML platforms, seats and licences"),
    Layer("people", "engineers, analysts and contractors who build and run it"),
    Layer("governance", "audits, security, compliance, model cards, bias tests"),
    Layer("resilience", "replicas, warm spares, failover, backups kept for recovery"),
    Layer("enablement", "training of users, support, change management"),
)
LAYER_NAMES = tuple(layer.name for layer in LAYERS)
COMPUTE_LAYERS = tuple(layer.name for layer in LAYERS if layer.compute)

AI_KINDS = (
    "training",
    "fine-tuning",
    "inference-endpoint",
    "embedding",
    "llm-api",
    "vector-store",
    "notebook",
    "gpu-compute",
    "ml-platform",
    "other",
    "none",
)
WASTES = ("none", "idle", "retry", "failed", "duplicate", "oversized")
# What a charge paid for: the columns that say it, each with its legal values.
MEANINGS = {"x_Layer": LAYER_NAMES, "x_AiKind": AI_KINDS, "x_Waste": WASTES}


@cache
def rollups() -> dict[str, dict[str, str]]:
    """Per published cost model: our layer -> its own heading. A layer that it leaves out maps to ''."""
    text = files("outlay.model").joinpath("data/layer_rollups.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {view: {r["layer"]: r[view] for r in rows} for view in rows[0] if view != "layer"}


# SQL of the rows that may be about tokens of a model.
ABOUT_MODELS = "(x_AiKind = 'embedding' OR (x_AiKind = 'llm-api' AND x_Layer = 'model-api'))"
