import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.plan.sample import correlated, drawn, draws_needed, scores, shuffled


@given(st.integers(1, 16), st.integers(0, 2**64 - 1))
def test_every_stratum_comes_once(bits: int, key: int) -> None:
    found = shuffled(1 << bits, key)
    assert np.array_equal(np.sort(found), np.arange(1 << bits))


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert drawn("users", 8, 1).scores.tolist() == drawn("users", 8, 1).scores.tolist()
    assert drawn("users", 8, 1).scores.tolist() != drawn("users", 8, 2).scores.tolist()


def test_ranges_of_different_names_are_independent() -> None:
    found = np.stack([drawn(f"range {i}", 16_384, 7).scores for i in range(60)])
    beside = np.asarray(np.corrcoef(found))[np.triu_indices(60, 1)]
    assert beside.std() == pytest.approx(1 / np.sqrt(16_384), rel=0.1)
    assert np.abs(beside).max() < 0.04


def test_pairs_fill_their_square_evenly() -> None:
    """The mean of chi-square over 256 cells is their degrees of freedom."""
    found = []
    for i in range(0, 80, 2):
        one, other = (drawn(f"pair {j}", 16_384, 3).order for j in (i, i + 1))
        cells, _, _ = np.histogram2d(one, other, bins=16)
        found.append(((cells - 64) ** 2 / 64).sum())
    assert np.mean(found) == pytest.approx(225, rel=0.05)


def test_a_group_is_correlated_as_it_is_told() -> None:
    told = correlated([("a", "usage"), ("b", "usage"), ("c", "")], 16_384, 1, {"usage": 0.6})
    found = {name: draws.scores for name, draws in told.items()}
    assert np.asarray(np.corrcoef(found["a"], found["b"]))[0, 1] == pytest.approx(0.6, abs=0.02)
    assert np.asarray(np.corrcoef(found["a"], found["c"]))[0, 1] == pytest.approx(0.0, abs=0.03)
    assert found["a"].std() == pytest.approx(1, abs=0.02)


def test_a_range_keeps_its_draws_when_another_one_comes() -> None:
    alone = correlated([("a", "")], 64, 5, {})["a"]
    assert np.array_equal(alone.scores, correlated([("z", ""), ("a", "")], 64, 5, {})["a"].scores)


def test_draws_that_are_needed() -> None:
    """methods E1: s = 0.2 needs 4.6k draws, 0.36 14.6k, 0.5 28k, 1.0 112k."""
    assert [round(draws_needed(s), -2) for s in (0.2, 0.36, 0.5, 1.0)] == [4500, 14500, 28100, 112200]


def test_scores_are_the_middles_of_equal_strata() -> None:
    found = scores(4)
    assert found == pytest.approx([-1.1503, -0.3186, 0.3186, 1.1503], abs=1e-4)
