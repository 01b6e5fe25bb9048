"""Capacity: what it takes to serve, train and embed on GPUs of one's own.

model and GPU -> throughput of a replica -> replicas for a load -> GPU-hours -> USD
"""

from outlay.plan.capacity import embedding, training, vector_store
from outlay.plan.capacity.bounds import fitting_gpus
from outlay.plan.capacity.calibration import Calibration
from outlay.plan.capacity.constants import Band, Efficiency, efficiency, normal_multiplier
from outlay.plan.capacity.hardware import Gpu, Precision, gpu, known_gpus, precision_of
from outlay.plan.capacity.hf_config import model_from_config
from outlay.plan.capacity.layout import Layout, best_layout
from outlay.plan.capacity.models import Model, known_models, model
from outlay.plan.capacity.owned import OwnedPrice, Purchase, Site, fleet_usd_per_month, owned_price
from outlay.plan.capacity.prediction import Prediction, calibrate, predict
from outlay.plan.capacity.provisioning import (
    PEAK_TO_AVERAGE,
    OperatingPoint,
    idle_share,
    operating_point,
    point_at,
    replicas,
    requests_per_second,
    usd_per_mtok,
    utilisation,
    utilisation_limit,
)
from outlay.plan.capacity.scaling import (
    average_replicas,
    cold_start_seconds,
    hours_between_failures,
    may_scale_to_zero,
)
from outlay.plan.capacity.serving import Lengths, Replica, max_concurrency

__all__ = [
    "PEAK_TO_AVERAGE",
    "Band",
    "Calibration",
    "Efficiency",
    "Gpu",
    "Layout",
    "Lengths",
    "Model",
    "OperatingPoint",
    "OwnedPrice",
    "Precision",
    "Prediction",
    "Purchase",
    "Replica",
    "Site",
    "average_replicas",
    "best_layout",
    "calibrate",
    "cold_start_seconds",
    "efficiency",
    "embedding",
    "fitting_gpus",
    "fleet_usd_per_month",
    "gpu",
    "hours_between_failures",
    "idle_share",
    "known_gpus",
    "known_models",
    "max_concurrency",
    "may_scale_to_zero",
    "model",
    "model_from_config",
    "normal_multiplier",
    "operating_point",
    "owned_price",
    "point_at",
    "precision_of",
    "predict",
    "replicas",
    "requests_per_second",
    "training",
    "usd_per_mtok",
    "utilisation",
    "utilisation_limit",
    "vector_store",
]
