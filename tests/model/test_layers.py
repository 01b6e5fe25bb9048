from outlay.model.layers import AI_KINDS, COMPUTE_LAYERS, LAYER_NAMES, LAYERS, WASTES, rollups


def test_there_are_fifteen_layers_each_with_a_meaning() -> None:
    assert len(LAYERS) == len(set(LAYER_NAMES)) == 15
    assert len({layer.meaning for layer in LAYERS}) == 15


def test_a_budget_for_gpus_sees_two_of_them() -> None:
    assert COMPUTE_LAYERS == ("inference-compute", "training-compute")


def test_names_are_lower_case_words_with_hyphens() -> None:
    for name in (*LAYER_NAMES, *AI_KINDS, *WASTES):
        assert name.replace("-", "").isalpha()
        assert name == name.lower()


def test_kinds_and_wastes_have_a_none() -> None:
    assert "none" in AI_KINDS
    assert "none" in WASTES


def test_every_layer_leads_back_to_each_published_model() -> None:
    assert len(rollups()) == 5
    for headings in rollups().values():
        assert tuple(headings) == LAYER_NAMES
        assert len(set(headings.values()) - {""}) >= 4
