"""GPUs and models by name, and models from a config.json."""

import json
from pathlib import Path
from typing import Any

import pytest

import outlay.plan.capacity as capacity
from outlay.model.problem import InputError
from outlay.plan.capacity import gpu, known_gpus, known_models, model, model_from_config, precision_of

DENSE = {
    "model_type": "llama",
    "num_hidden_layers": 80,
    "hidden_size": 8192,
    "intermediate_size": 28_672,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "vocab_size": 128_256,
    "tie_word_embeddings": False,
}
LATENT = {
    "model_type": "deepseek_v3",
    "num_hidden_layers": 61,
    "hidden_size": 7168,
    "intermediate_size": 18_432,
    "moe_intermediate_size": 2048,
    "first_k_dense_replace": 3,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "kv_lora_rank": 512,
    "q_lora_rank": 1536,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "vocab_size": 129_280,
}
WINDOWED = {
    "model_type": "gpt_oss",
    "num_hidden_layers": 36,
    "layer_types": ["sliding_attention", "full_attention"] * 18,
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "num_local_experts": 128,
    "experts_per_token": 4,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "vocab_size": 201_088,
}
LINEAR = {
    "model_type": "qwen3_5_moe",
    "text_config": {
        "num_hidden_layers": 60,
        "layer_types": (["linear_attention"] * 3 + ["full_attention"]) * 15,
        "hidden_size": 4096,
        "moe_intermediate_size": 1024,
        "shared_expert_intermediate_size": 1024,
        "num_experts": 512,
        "num_experts_per_tok": 10,
        "num_attention_heads": 32,
        "num_key_value_heads": 2,
        "head_dim": 256,
        "attn_output_gate": True,
        "linear_num_key_heads": 16,
        "linear_key_head_dim": 128,
        "linear_num_value_heads": 64,
        "linear_value_head_dim": 128,
        "vocab_size": 248_320,
    },
}
ENCODER = {
    "model_type": "xlm-roberta",
    "num_hidden_layers": 24,
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "vocab_size": 250_002,
}


def config(folder: Path, content: Any) -> Path:
    path = folder / "my-model" / "config.json"
    path.parent.mkdir()
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["h100-80gb", "h100_sxm", "H100 SXM", "H100", "h100-sxm5-80gb"])
def test_names_of_one_gpu(name: str) -> None:
    assert gpu(name) is known_gpus()["h100-80gb"]


@pytest.mark.parametrize("name", ["llama-3.1-70b", "Llama 3.1 70B", "meta-llama/Llama-3.1-70B", "llama-70b"])
def test_names_of_one_model(name: str) -> None:
    assert model(name) is known_models()["llama-3.1-70b"]


def test_an_unknown_gpu_names_its_neighbours() -> None:
    with pytest.raises(InputError) as caught:
        gpu("h100-96gb")
    assert caught.value.code == "E-CAP-001"
    assert "near: h100-80gb" in caught.value.hint
    with pytest.raises(InputError, match="no GPU 'abacus' is known"):
        gpu("abacus")


def test_an_unknown_model_names_its_neighbours() -> None:
    with pytest.raises(InputError) as caught:
        model("llama-3.2-70b")
    assert caught.value.code == "E-CAP-002"
    assert "llama-3.1-70b" in caught.value.hint
    assert "config.json" in caught.value.hint


def test_precisions_have_names_too() -> None:
    assert [precision_of(name) for name in ("FP16", "nvfp4", "fp8", "awq")] == ["bf16", "fp4", "fp8", "int4"]
    with pytest.raises(InputError) as caught:
        precision_of("fp2")
    assert (caught.value.code, caught.value.hint) == ("E-CAP-008", "known: bf16, fp8, fp4, int4")


def test_every_gpu_is_plausible_and_has_a_source() -> None:
    for found in known_gpus().values():
        assert found.source, found.name
        assert 8 <= found.memory_gb <= 400, found.name
        assert found.tflops.bf16 <= (found.tflops.fp8 or 1e9) <= (found.tflops.fp4 or 1e9), found.name
        assert 1 < found.kw / (found.watts / 1000) < 2.1, found.name


def test_peaks_by_precision() -> None:
    assert gpu("h100-80gb").peak_flops("fp8") == 1979e12
    assert gpu("h100-80gb").peak_flops("fp4") == gpu("h100-80gb").peak_flops("int4") == 989e12
    assert gpu("a100-80gb").peak_flops("fp8") == 312e12
    assert gpu("b200").peak_flops("fp4") == 9000e12


def test_every_model_is_whole() -> None:
    for found in known_models().values():
        assert found.source, found.name
        assert found.active_b <= found.parameters_b, found.name
        assert found.expert_b < found.parameters_b, found.name
        assert bool(found.experts) == bool(found.expert_b) == bool(found.experts_per_token), found.name
        assert found.attention_layers <= found.layers, found.name
        touched = found.parameters_b - found.expert_b * (1 - found.experts_per_token / max(found.experts, 1))
        assert found.active_b == pytest.approx(touched, rel=0.17), found.name


def test_weights_by_precision() -> None:
    dense, sparse = model("llama-3.1-70b"), model("gpt-oss-120b")
    assert [dense.weight_bytes(p) for p in ("bf16", "fp8", "fp4")] == pytest.approx([141.2e9, 70.6e9, 39.7e9], rel=1e-3)
    experts = 114.66e9
    assert sparse.weight_bytes("fp4") == pytest.approx(experts * 0.5625 + (116.8e9 - experts) * 2, rel=1e-3)
    assert [model(n).attention for n in ("llama-3.1-70b", "deepseek-r1", "gpt-oss-120b")] == ["gqa", "mla", "hybrid"]


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (DENSE, "llama-3.1-70b"),
        (LATENT, "deepseek-v3"),
        (WINDOWED, "gpt-oss-120b"),
        (LINEAR, "qwen3.5-397b"),
        (ENCODER, "bge-m3"),
    ],
)
def test_a_config_gives_the_model_that_we_know(tmp_path: Path, content: Any, known: str) -> None:
    found, expected = model_from_config(config(tmp_path, content)), model(known)
    assert found.name == "my-model"
    assert found.parameters_b == pytest.approx(expected.parameters_b, rel=0.02)
    assert found.active_b == pytest.approx(expected.active_b, rel=0.05)
    assert found.expert_b == pytest.approx(expected.expert_b, rel=0.001)
    same = ("layers", "hidden", "heads", "kv_heads", "head_dim", "full_layers", "mla", "experts", "embedding")
    assert [getattr(found, key) for key in same] == [getattr(expected, key) for key in same]


def test_a_folder_stands_for_its_config(tmp_path: Path) -> None:
    path = config(tmp_path, DENSE | {"_name_or_path": "meta-llama/Own-70B"})
    assert model_from_config(path.parent).name == "own-70b"


def test_layers_that_see_a_window_by_a_pattern(tmp_path: Path) -> None:
    found = model_from_config(config(tmp_path, DENSE | {"sliding_window_pattern": 6, "index_topk": 2048}))
    assert (found.full_layers, found.attention, found.sparse) == (13, "hybrid", True)


@pytest.mark.parametrize(
    ("content", "place", "told"),
    [
        ({k: v for k, v in DENSE.items() if k != "vocab_size"}, ":vocab_size", "the key 'vocab_size' is missing"),
        (DENSE | {"hidden_size": "8192"}, ":hidden_size", "hidden_size is '8192'"),
        (DENSE | {"num_hidden_layers": -1}, ":num_hidden_layers", "num_hidden_layers is -1"),
        (DENSE | {"num_attention_heads": True}, ":num_attention_heads", "num_attention_heads is True"),
        ("{", ":1:2", "not JSON"),
        ([1], "", "no JSON object"),
    ],
)
def test_a_config_that_cannot_be_used_says_where(tmp_path: Path, content: Any, place: str, told: str) -> None:
    path = config(tmp_path, content)
    with pytest.raises(InputError) as caught:
        model_from_config(path)
    assert (caught.value.code, caught.value.message, caught.value.place) == ("E-CAP-007", told, f"{path}{place}")


def test_a_config_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        model_from_config(tmp_path / "config.json")


def test_the_room_offers_what_it_names() -> None:
    assert all(hasattr(capacity, name) for name in capacity.__all__)
