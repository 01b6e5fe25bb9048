"""What embedding texts costs on one's own GPUs."""

from outlay.plan.capacity.hardware import Gpu, Precision

MFU = 0.35


def tokens_per_second(parameters: float, gpu: Gpu, precision: Precision = "bf16", share_of_peak: float = MFU) -> float:
    """Tokens that one GPU embeds in a second: peak x MFU / (2 P). BGE-M3 (568e6) on A100: 96,127.

    One forward pass per token and no decoding, so FLOP/s decide. spheron.network claims 60,000 for that pair.
    """
    return gpu.peak_flops(precision) * share_of_peak / (2 * parameters)


def usd_per_mtok(usd_per_gpu_hour: float, gpu_tokens_per_second: float, utilisation: float = 1.0) -> float:
    """USD per million tokens. 1.79 an hour at 96,127 tokens/s: 0.0052; at 25% load 0.0207."""
    return usd_per_gpu_hour / 3600 / (gpu_tokens_per_second * utilisation) * 1e6


def embedded_tokens(corpus_tokens: float, churn_per_month: float, months: float, model_changes: float = 0) -> float:
    """Tokens to embed in some months: what changes each month, and the whole corpus once per change of the model.

    10^9 tokens, 5% a month, 12 months, one new model: 0.6e9 + 1e9 = 1.6e9. The first embedding is a change of the
    model.
    """
    return corpus_tokens * (churn_per_month * months + model_changes)


def gpu_hours(tokens: float, gpu_tokens_per_second: float) -> float:
    """GPU-hours to embed tokens. 10^9 at 96,127 a second: 2.89."""
    return tokens / gpu_tokens_per_second / 3600
