"""What cannot be predicted, and what nothing like it was measured for: odd numbers, memory, the range of the fit."""

import math

import numpy as np

from outlay.model.problem import InputError
from outlay.plan.capacity.constants import Efficiency
from outlay.plan.capacity.hardware import Gpu
from outlay.plan.capacity.serving import USABLE_MEMORY, Lengths, Numbers, Replica


def refuse_odd(lengths: Lengths, concurrency: Numbers) -> None:
    """Raise `InputError` for a concurrency or lengths that cannot be."""
    above = {"concurrency": concurrency, "input tokens": lengths.input_tokens, "output tokens": lengths.output_tokens}
    for name, value in above.items():
        if not within(value, 1e-9, np.inf):
            raise InputError("E-CAP-006", f"{name} {value}", "a number greater than 0")
    if not within(lengths.prefix_hit_rate, 0, 1):
        raise InputError("E-CAP-006", f"prefix hit rate {lengths.prefix_hit_rate}", "a share between 0 and 1")


def within(value: Numbers, low: float, high: float) -> bool:
    """Whether a number, or every one of an array, lies between two bounds."""
    if isinstance(value, float | int):
        return low <= value <= high
    return bool(np.all((value >= low) & (value <= high)))


def leaves_the_fit(replica: Replica, lengths: Lengths, concurrency: Numbers, constants: Efficiency) -> tuple[str, ...]:
    """The bounds of the fit that a prediction leaves, in words."""
    fitted = constants.fitted
    told = [
        _beyond("concurrency", concurrency, fitted.concurrency),
        _beyond("input tokens", lengths.input_tokens, fitted.input_tokens),
        _beyond("output tokens", lengths.output_tokens, fitted.output_tokens),
        _beyond("GPUs", replica.gpus, fitted.gpus),
        "" if replica.gpus <= replica.gpu.gpus_per_node else f"{replica.gpus} GPUs are more than one machine",
        "sparse attention is counted as full" if replica.model.sparse else "",
        "" if replica.gpu.name in fitted.gpu_names else f"{replica.gpu.name} was not measured",
        "" if not replica.engine or replica.engine in fitted.engines else f"{replica.engine} was not measured",
        "" if replica.precision in fitted.precisions else f"{replica.precision} was not measured",
    ]
    return tuple(filter(None, told))


def _beyond(name: str, value: Numbers, bounds: tuple[float, float]) -> str:
    low, high = (value, value) if isinstance(value, float | int) else (np.min(value), np.max(value))
    if low >= bounds[0] and high <= bounds[1]:
        return ""
    wrong = low if low < bounds[0] else high
    return f"{name} {wrong:,.0f} outside {bounds[0]:,.0f}-{bounds[1]:,.0f}"


def needed_gb(replica: Replica, lengths: Lengths) -> float:
    """GB of GPU memory that weights and one request need, with the tenth that stays free."""
    one = float(np.max(replica.model.kv_bytes_per_token(replica.precision) * np.asarray(lengths.kept_at_end)))
    return (replica.model.weight_bytes(replica.precision) + one) / USABLE_MEMORY / 1e9


def fitting_gpus(replica: Replica, lengths: Lengths) -> int:
    """The least number of GPUs, a power of two, in whose memory a replica and one request fit."""
    count: int = 2 ** max(0, math.ceil(math.log2(needed_gb(replica, lengths) / replica.gpu.memory_gb)))
    return count


def does_not_fit(replica: Replica, lengths: Lengths) -> InputError:
    """The refusal of a replica that holds not even one request."""
    gpu: Gpu = replica.gpu
    there = replica.gpus * gpu.memory_gb
    what = (
        f"{replica.model.name} in {replica.precision} does not fit: with one request it needs "
        f"{needed_gb(replica, lengths):,.0f} GB of memory, {replica.gpus} x {gpu.name} has {there:,.0f}"
    )
    count = fitting_gpus(replica, lengths)
    over = f", {math.ceil(count / gpu.gpus_per_node)} machines" if count > gpu.gpus_per_node else ""
    return InputError("E-CAP-004", what, f"use {count} or more {gpu.name}{over}, or fewer bits per weight")
