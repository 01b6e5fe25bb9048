"""Numbers that were worked out once, by formula or from published figures: the code must give them again."""

import numpy as np
import pytest

from outlay.model.problem import InputError
from outlay.plan.capacity import (
    Lengths,
    Purchase,
    Replica,
    Site,
    embedding,
    fleet_usd_per_month,
    gpu,
    idle_share,
    max_concurrency,
    model,
    operating_point,
    owned_price,
    predict,
    replicas,
    requests_per_second,
    training,
    vector_store,
)
from outlay.plan.capacity.hardware import Precision
from outlay.plan.capacity.provisioning import PEAK_TO_AVERAGE
from outlay.plan.capacity.scaling import hours_between_failures

GIB = 2**30


def replica(name: str, chip: str, count: int = 1, precision: Precision = "fp8") -> Replica:
    return Replica(model(name), gpu(chip), count, precision)


@pytest.mark.parametrize(
    ("name", "chip", "count", "tokens", "concurrency", "tokens_per_second", "milliseconds"),
    [
        ("llama-3.1-70b", "h200-141gb", 1, (1000, 1000), 128, 2716, 46.96),
        ("llama-3.1-405b", "h100-80gb", 8, (1000, 2000), 64, 1757, 36.34),
        ("deepseek-r1", "h200-141gb", 8, (1000, 1000), 64, 1792, 35.68),
        ("llama-3.1-8b", "h100-80gb", 1, (1000, 1000), 64, 8099, 7.88),
    ],
)
def test_throughput_and_time_per_token(
    name: str,
    chip: str,
    count: int,
    tokens: tuple[int, int],
    concurrency: int,
    tokens_per_second: float,
    milliseconds: float,
) -> None:
    found = predict(replica(name, chip, count), Lengths(*tokens), concurrency)
    assert found.tokens_per_second == pytest.approx(tokens_per_second, rel=0.005)
    assert found.seconds_per_output_token * 1000 == pytest.approx(milliseconds, rel=0.005)


def test_what_a_token_keeps() -> None:
    assert model("llama-3.1-70b").kv_bytes_per_token("fp8") == 163_840
    assert model("llama-3.1-70b").kv_bytes_per_token("bf16") == 327_680
    assert model("deepseek-v3").kv_elements_per_token == 35_136


def test_memory_limits_concurrency() -> None:
    assert max_concurrency(replica("llama-3.1-70b", "h200-141gb"), Lengths(1000, 1000)) == pytest.approx(
        171.8, abs=0.05
    )


def test_what_does_not_fit_says_how_much_it_needs_and_what_would_hold_it() -> None:
    with pytest.raises(InputError) as caught:
        predict(replica("llama-3.1-70b", "h100-80gb", precision="bf16"), Lengths(1000, 1000), 1)
    assert caught.value.code == "E-CAP-004"
    assert str(caught.value) == (
        "E-CAP-004 llama-3.1-70b in bf16 does not fit: with one request it needs 158 GB of memory, "
        "1 x h100-80gb has 80; use 2 or more h100-80gb, or fewer bits per weight"
    )


def test_the_public_day_of_deepseek() -> None:
    """226.75 nodes of 8 GPUs at 2 USD on average and 278 at the peak; 342 + 266 + 168 billion tokens."""
    cost = 226.75 * 8 * 24 * 2
    revenue = 342e9 * 0.14 / 1e6 + 266e9 * 0.55 / 1e6 + 168e9 * 2.19 / 1e6
    assert cost == 87_072
    assert revenue == pytest.approx(562_100)
    assert revenue == pytest.approx(562_027, rel=0.0002)
    assert (revenue - cost) / cost * 100 == pytest.approx(545, abs=1)
    assert cost / (342 + 266 + 168) / 1000 == pytest.approx(0.1122, abs=0.0001)
    assert PEAK_TO_AVERAGE["global"] == pytest.approx(278 / 226.75, rel=0.03)


def test_an_owned_h100() -> None:
    site = Site(gpu("h100-80gb").kw)
    plain, dear = owned_price(Purchase(320_000), site), owned_price(Purchase(320_000, wacc=0.10), site)
    assert [round(x, 2) for x in (plain.capital, dear.capital, plain.colocation, plain.power)] == [
        1.28,
        1.61,
        0.32,
        0.11,
    ]
    assert round(plain.usd_per_gpu_hour, 2) == 1.71
    assert round(dear.usd_per_gpu_hour, 2) == 2.04
    assert plain.usd_per_gpu_hour == pytest.approx(1.69, rel=0.05), "SemiAnalysis' figure for a large neocloud"


def test_a_residual_value_lowers_the_price() -> None:
    kept = owned_price(Purchase(320_000, residual=0.3), Site(1.275))
    assert kept.capital == pytest.approx(1.2785 * 0.7, rel=1e-3)


def test_months_of_gpus_and_idle_hours() -> None:
    assert fleet_usd_per_month(1, 15) == 10_950
    assert fleet_usd_per_month(100, 15) == 1_095_000
    assert fleet_usd_per_month(50, 5) == 182_500
    saved = 1 - fleet_usd_per_month(50, 5) / fleet_usd_per_month(100, 15)
    assert saved == pytest.approx(0.833, abs=0.0005)
    assert idle_share(6, 24) == 0.75


def test_failures() -> None:
    assert hours_between_failures(8) / 24 == pytest.approx(264, abs=0.5)
    assert hours_between_failures(1024) == pytest.approx(49, abs=0.6)


def test_training_hours() -> None:
    h100, a100 = gpu("h100-80gb"), gpu("a100-80gb")
    flop = training.flop_per_token(405e9) * 15.6e12
    assert flop == pytest.approx(3.79e25, rel=0.001)
    assert training.gpu_hours(flop, h100, 0.40) == pytest.approx(26.6e6, rel=0.002)
    deepseek = training.flop_per_token(37e9) * 14.8e12
    assert training.gpu_hours(deepseek, h100, training.mfu("all-in")) == pytest.approx(2.64e6, rel=0.002)
    mpt = training.flop_per_token(6.7e9) * 1e12
    assert training.gpu_hours(mpt, a100, training.mfu("tuned")) == pytest.approx(89e3, rel=0.01)
    per_hour = 200_000 / 100_320
    assert per_hour == pytest.approx(1.99, abs=0.005)


def test_tuning_a_70b_on_gigabytes_of_text() -> None:
    h100, shape = gpu("h100-80gb"), model("llama-3.1-70b")
    for gigabytes, full, lora in ((10, 744, 496), (50, 3718, 2479)):
        tokens = gigabytes * 1e9 / 4
        whole = training.model_flop_per_token(shape) * tokens
        part = training.model_flop_per_token(shape, "lora") * tokens
        assert training.gpu_hours(whole, h100, 0.40) == pytest.approx(full, rel=0.002)
        assert training.gpu_hours(part, h100, 0.40) == pytest.approx(lora, rel=0.002)
        assert part / whole == pytest.approx(2 / 3)


def test_lora_of_the_benchmark() -> None:
    """MLPerf v5.1: 28,311,552 tokens of 8,192 on 8 H200 took 23.3 minutes, 3.1 GPU-hours or 14 USD at 4.50."""
    shape, share = model("llama-2-70b"), training.mfu("benchmark", gpus=8)
    flop = training.model_flop_per_token(shape, "lora", 8192) * 28_311_552
    assert training.gpu_hours(flop, gpu("h200-141gb"), share) == pytest.approx(3.1, rel=0.12)
    cost = 23.3 / 60 * 8 * 4.5
    assert cost == pytest.approx(14, abs=0.1)


def test_training_memory() -> None:
    parameters, h100 = model("llama-3.1-70b").parameters, gpu("h100-80gb")
    assert training.memory_bytes(parameters) == pytest.approx(1.13e12, rel=0.001)
    assert training.gpus_by_memory(parameters, h100) == 18
    assert training.gpus_by_memory(parameters, h100, "qlora") == 1
    assert training.gpus_needed(1320, 100, parameters, h100) == (18, "memory")
    assert training.gpus_needed(1320, 50, parameters, h100) == (27, "time")


def test_failed_runs_and_restarts_are_paid_for() -> None:
    run = training.plan_run(gpu("h100-80gb").peak_flops("bf16") * 3600 * 350, gpu("h100-80gb"), 0.35, 0.2, 0.1)
    assert (run.gpu_hours, run.total_gpu_hours) == pytest.approx((1000, 1320))


def test_embedding() -> None:
    rate = embedding.tokens_per_second(model("bge-m3").parameters, gpu("a100-80gb"))
    assert rate == pytest.approx(96_000, rel=0.005)
    assert embedding.usd_per_mtok(1.79, rate) == pytest.approx(0.005, rel=0.04)
    assert embedding.usd_per_mtok(1.79, rate, 0.25) == pytest.approx(0.021, rel=0.02)
    assert embedding.embedded_tokens(1e9, 0.05, 12, 1) == pytest.approx(1.6e9)
    assert embedding.gpu_hours(1e9, rate) == pytest.approx(2.89, rel=0.001)


def test_vector_store() -> None:
    assert vector_store.raw_bytes(1e6, 1536) / GIB == pytest.approx(5.7, abs=0.05)
    assert vector_store.memory_bytes(1e6, 1536) / GIB == pytest.approx(8.6, abs=0.05)
    assert vector_store.memory_bytes(10e6, 1536, replicas=2) / GIB == pytest.approx(172, abs=0.5)
    assert vector_store.memory_bytes(10e6, 1536, "int8", 2) / GIB == pytest.approx(43, abs=0.1)
    assert vector_store.graph_bytes(1e6) == pytest.approx(148.8e6)
    assert vector_store.replicas(1500, vector_store.queries_per_second(8)) == 4
    assert vector_store.replicas(10, vector_store.queries_per_second(8)) == 2


def crossings(usd_per_m_input: float, usd_per_m_output: float, labour_usd: float = 0.0) -> list[float]:
    """Tokens a month, in steps of 8%, at which owning 70B fp8 on 2 H100 at 3.99 gets cheaper or dearer than an API."""
    point = operating_point(replica("llama-3.1-70b", "h100-80gb", 2), Lengths(750, 250), 0.050)
    tokens = np.geomspace(1e6, 1e6 * 1.08**189, 190)
    needed = replicas(requests_per_second(tokens, point.lengths, PEAK_TO_AVERAGE["business-hours"]), point)
    own = fleet_usd_per_month(2, 3.99) * needed * 1.10 + labour_usd
    cheaper = own < tokens * (0.75 * usd_per_m_input + 0.25 * usd_per_m_output) / 1e6
    return [float(t) for t in tokens[1:][cheaper[1:] != cheaper[:-1]]]


def test_owning_pays_from_some_volume_on() -> None:
    assert crossings(30, 60) == [pytest.approx(369e6, rel=0.10)]
    assert crossings(2.5, 10) == [pytest.approx(3.16e9, rel=0.10)]
    assert crossings(0.23, 0.40) == []


def test_a_step_lands_above_the_line_again() -> None:
    half_an_engineer = 0.5 * 250_000 / 12
    first, again, last = crossings(2.5, 10, half_an_engineer)
    assert first < again < last
    assert last == pytest.approx(6.8e9, rel=0.10)
