"""How many tokens a second a model gives on some GPUs: a closed loop of requests, by memory, bandwidth and FLOP/s.

The formulas work on numbers and on arrays alike. 2N FLOP per token and the volume of tensor parallelism: Pope et al.,
arXiv 2211.05102; Shoeybi et al., Narayanan et al., arXiv 2104.04473. The closed loop is Little's law.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.plan.capacity.constants import Efficiency
from outlay.plan.capacity.hardware import Gpu, Precision
from outlay.plan.capacity.models import Model

Numbers = float | NDArray[np.float64]

USABLE_MEMORY = 0.90
LINK_SHARE = 0.7
# A reduction over 8 GPUs begins 8 microseconds late, over 2 a third of that.
REDUCTION_SECONDS = 8e-6


@dataclass(frozen=True, slots=True)
class Replica:
    """A model on the GPUs that serve one copy of it together; `engine` is the serving software, if known."""

    model: Model
    gpu: Gpu
    gpus: int = 1
    precision: Precision = "fp8"
    engine: str = ""

    @property
    def memory_bytes(self) -> float:
        """Memory that weights and KV cache may fill: 0.90 of what is there."""
        return USABLE_MEMORY * self.gpus * self.gpu.memory_bytes

    @property
    def flops(self) -> float:
        """Dense peak FLOP/s of all its GPUs."""
        return self.gpus * self.gpu.peak_flops(self.precision)

    @property
    def bandwidth(self) -> float:
        """Bytes a second of the memory of all its GPUs."""
        return self.gpus * self.gpu.bandwidth_bytes_per_second


@dataclass(frozen=True, slots=True)
class Lengths:
    """Mean tokens of a request, and the share of the input that a prefix cache answers."""

    input_tokens: Numbers
    output_tokens: Numbers
    prefix_hit_rate: Numbers = 0.0

    @property
    def kept_at_end(self) -> Numbers:
        """Tokens in the KV cache when a request ends."""
        return self.input_tokens + self.output_tokens

    @property
    def kept_on_average(self) -> Numbers:
        """Tokens in the KV cache on average while a request decodes."""
        return self.input_tokens + self.output_tokens / 2


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds of a decode step by part; the step takes the longer of `bandwidth` and `compute`, and `overhead`."""

    bandwidth: Numbers
    compute: Numbers
    overhead: Numbers

    @property
    def seconds(self) -> Numbers:
        """Seconds of the step."""
        return np.maximum(self.bandwidth, self.compute) + self.overhead


def max_concurrency(replica: Replica, lengths: Lengths) -> Numbers:
    """Requests whose KV cache fits beside the weights: (0.90 n HBM - W) / (k_v (S_i + S_o)); below 1 nothing fits.

    Llama 70B in fp8 on one H200, 1,000 + 1,000 tokens: (126.9e9 - 70.6e9) / (163,840 x 2,000) = 171.8.
    """
    free = replica.memory_bytes - replica.model.weight_bytes(replica.precision)
    return free / (replica.model.kv_bytes_per_token(replica.precision) * lengths.kept_at_end)


def prefill_seconds(replica: Replica, lengths: Lengths, constants: Efficiency) -> Numbers:
    """Seconds to read one prompt: [2 N_a S_i + 2 S_i^2 heads head_dim L_attn] / (n peak e_c) [x g_moe] + transfers.

    What a prefix cache answers is not read again: S_i is scaled by 1 - hit rate.
    Llama 70B in fp8 on one H200, 1,000 tokens: 1.404e14 / 9.84e14 = 0.143 s.
    """
    m, read = replica.model, lengths.input_tokens * (1 - lengths.prefix_hit_rate)
    flop = 2 * m.active_parameters * read + 2 * read * read * (m.heads * m.head_dim * m.attention_layers)
    computed = flop / (replica.flops * constants.compute_share) * _expert_factor(m, constants)
    return computed + 2 * m.layers * read * (_transfer_seconds(replica) * m.hidden * 4)


def step_parts(replica: Replica, lengths: Lengths, batch: Numbers, constants: Efficiency) -> Step:
    """Seconds of one decode step at a batch, by part.

    max( bytes / (n BW e_m), 2 N_a B / (n peak e_c) ) [x g_moe] + L tau + reductions between GPUs, where bytes are the
    weights that are touched and B (S_i + S_o / 2) k_v of KV cache. Llama 70B in fp8 on one H200, batch 128, 1,000 +
    1,000 tokens: 102.1e9 / 4.37e12 = 23.3 ms, and 80 x 69.3 us = 5.5 ms.
    """
    m, factor = replica.model, _expert_factor(replica.model, constants)
    cache = batch * lengths.kept_on_average * m.kv_bytes_per_token(replica.precision)
    moved = (touched_bytes(replica, batch) + cache) / (replica.bandwidth * constants.bandwidth_share)
    computed = batch * (2 * m.active_parameters / (replica.flops * constants.compute_share))
    reduced = 2 * m.layers * (_reduction_seconds(replica.gpus) + batch * (_transfer_seconds(replica) * m.hidden * 4))
    overhead = m.layers * constants.step_seconds_per_layer + reduced
    return Step(moved * factor, computed * factor, overhead)


def touched_bytes(replica: Replica, batch: Numbers) -> Numbers:
    """Bytes of weights that a decode step reads: of E experts, k per token, a batch touches 1 - (1 - k/E)^B."""
    m = replica.model
    if not m.experts:
        return m.weight_bytes(replica.precision)
    share = 1 - (1 - m.experts_per_token / m.experts) ** batch
    return m.other_bytes(replica.precision) + m.expert_bytes(replica.precision) * share


def _expert_factor(model: Model, constants: Efficiency) -> float:
    return constants.expert_factor if model.experts else 1.0


def _transfer_seconds(replica: Replica) -> float:
    """Seconds per byte that a reduction over all GPUs sends: (n - 1) / n over 0.7 of the link."""
    n = replica.gpus
    return (n - 1) / n / (LINK_SHARE * replica.gpu.link_bytes_per_second)


def _reduction_seconds(gpus: int) -> float:
    return REDUCTION_SECONDS * math.log2(gpus) / 3
