"""What a training run needs: FLOP, GPU-hours and memory."""

import math
from dataclasses import dataclass
from typing import Literal

from outlay.model.problem import InputError
from outlay.plan.capacity.hardware import Gpu
from outlay.plan.capacity.models import Model

Method = Literal["full", "lora"]
Regime = Literal["all-in", "tuned", "stress", "benchmark"]

# Share of the dense bf16 peak. All-in, from published GPU-hours: Llama 3.1 405B 0.345, DeepSeek-V3 0.346, MPT-7B 0.357.
MFU: dict[Regime, float] = {"all-in": 0.35, "tuned": 0.40, "stress": 0.20}
# Fit to MLPerf Training v5.1, where fp8 and fp4 count against the bf16 peak too.
BENCHMARK_MFU = {"NVIDIA": 0.69, "AMD": 0.58}
BENCHMARK_SCALING = -0.007
FULL_BYTES_PER_PARAMETER = 16.0  # weights and gradients in bf16, fp32 master copy and two moments of Adam
QLORA_BYTES_PER_PARAMETER, QLORA_BYTES = 0.5, 10e9
FREE_FOR_ACTIVATIONS = 0.8  # the share of memory that weights and states may fill
FREE_FOR_ADAPTERS = 0.95


@dataclass(frozen=True, slots=True)
class Run:
    """A planned run. Failed runs and restarts are shares of the hours of the run that succeeds."""

    flop: float
    gpu_hours: float
    failed_gpu_hours: float
    restart_gpu_hours: float

    @property
    def total_gpu_hours(self) -> float:
        """GPU-hours with failed runs and restarts."""
        return self.gpu_hours + self.failed_gpu_hours + self.restart_gpu_hours


def training_parameters(model: Model) -> float:
    """The parameters that a training token multiplies with: all, or with experts the active ones."""
    return model.active_parameters if model.experts else model.parameters


def flop_per_token(
    parameters: float, method: Method = "full", layers: int = 0, hidden: int = 0, sequence_tokens: float = 0.0
) -> float:
    """FLOP per training token: 6 N + 6 L d s, and 4 N + 4 L d s for LoRA, which needs no gradients of weights.

    The second term is causal attention; it is 0 without a sequence length. 405B: 2.43e12; at 8,192 tokens 2.53e12.
    """
    each = 6 if method == "full" else 4
    return each * (parameters + layers * hidden * sequence_tokens)


def model_flop_per_token(model: Model, method: Method = "full", sequence_tokens: float = 0.0) -> float:
    """FLOP per training token of a model."""
    return flop_per_token(training_parameters(model), method, model.layers, model.hidden, sequence_tokens)


def mfu(regime: Regime = "all-in", vendor: str = "NVIDIA", gpus: int = 8) -> float:
    """Model FLOP over the dense bf16 peak: 0.35 for plans, 0.40 for one tuned run, 0.20 for stress.

    `benchmark` is what MLPerf submissions reach: 0.69 (NVIDIA) or 0.58 (AMD) x (n / 8)^-0.007.
    """
    if regime == "benchmark":
        scaling: float = (gpus / 8) ** BENCHMARK_SCALING
        return BENCHMARK_MFU[vendor] * scaling
    return MFU[regime]


def gpu_hours(flop: float, gpu: Gpu, share_of_peak: float) -> float:
    """FLOP / (bf16 peak x MFU x 3,600). 3.79e25 on H100 at 0.40: 26.6e6 hours."""
    return flop / (gpu.peak_flops("bf16") * share_of_peak * 3600)


def plan_run(
    flop: float, gpu: Gpu, share_of_peak: float = MFU["all-in"], failed_runs: float = 0.0, restarts: float = 0.0
) -> Run:
    """GPU-hours of a run x (1 + share of failed runs) x (1 + overhead of restarts).

    1,000 hours, 20% failed runs, 10% restarts: 1,000 + 200 + 120 = 1,320.
    """
    if share_of_peak <= 0 or failed_runs < 0 or restarts < 0:
        told = f"MFU {share_of_peak}, failed runs {failed_runs}, restarts {restarts}"
        raise InputError("E-CAP-006", told, "MFU is greater than 0, shares are 0 or more")
    hours = gpu_hours(flop, gpu, share_of_peak)
    return Run(flop, hours, hours * failed_runs, hours * (1 + failed_runs) * restarts)


def memory_bytes(parameters: float, method: Literal["full", "qlora"] = "full") -> float:
    """Bytes of weights, gradients and states: 16 per parameter, or 0.5 per parameter and 10e9 for QLoRA.

    70.6B: 1.13e12 in full, 45.3e9 by QLoRA.
    """
    if method == "full":
        return FULL_BYTES_PER_PARAMETER * parameters
    return QLORA_BYTES_PER_PARAMETER * parameters + QLORA_BYTES


def gpus_by_memory(parameters: float, gpu: Gpu, method: Literal["full", "qlora"] = "full") -> int:
    """GPUs whose memory holds a run; a fifth stays free for activations of a full one.

    70.6B on 80 GB: 18, by QLoRA 1.
    """
    share = FREE_FOR_ACTIVATIONS if method == "full" else FREE_FOR_ADAPTERS
    return math.ceil(memory_bytes(parameters, method) / (share * gpu.memory_bytes))


def gpus_by_time(total_gpu_hours: float, hours: float) -> int:
    """GPUs that end a run in time. 1,320 GPU-hours in 100 hours: 14."""
    return math.ceil(total_gpu_hours / hours)


def gpus_needed(
    total_gpu_hours: float, hours: float, parameters: float, gpu: Gpu, method: Literal["full", "qlora"] = "full"
) -> tuple[int, str]:
    """GPUs of a run, and what decides: memory or time."""
    memory, time = gpus_by_memory(parameters, gpu, method), gpus_by_time(total_gpu_hours, hours)
    return (memory, "memory") if memory >= time else (time, "time")
