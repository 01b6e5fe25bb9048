from typing import Any

import numpy as np
import pytest
from pydantic_core import PydanticCustomError

from outlay.plan.quantities.distribution import Z90, Pert, Scored, Triangular, Uniform
from outlay.plan.quantities.field import In, share
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.quantities.units import UnitError, parse_unit


@pytest.mark.parametrize(
    ("said", "unit", "value"),
    [
        (400, "requests/month", 400),
        ("400k", "requests/month", 400_000),
        ("12k requests / day", "requests/month", 365_000),
        ("10 TB", "GB", 10_000),
        ("1 PB", "GB", 1_000_000),
        ("1 TiB", "GB", 1099.511627776),
        ("$0.03 / 1k tokens", "$/token", 0.00003),
        ("$2.50 / M tokens", "$/M tokens", 2.5),
        ("$180k / year", "$/month", 15_000),
        ("3 h / day", "h/month", 91.25),
        ("5%", "", 0.05),
        ("24% / year", "1/month", 0.02),
        ("$0.023 / GB-month", "$/GB-month", 0.023),
        ("2 weeks", "month", 24 / 52),
        ("-3% / month", "1/month", -0.03),
        ("1e3 tokens", "tokens", 1000),
    ],
)
def test_a_quantity_is_read_in_the_unit_of_its_field(said: Any, unit: str, value: float) -> None:
    found = In(unit, least=None).read(said)
    assert found.number is not None
    assert found.number * found.scale == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("said", "unit", "ends"),
    [
        ("4k..9k..20k tokens", "tokens", (4000, 9000, 20_000)),
        ("10..20..40 TB", "GB", (10_000, 20_000, 40_000)),
        ("$2..$3..$5 / h", "$/h", (2, 3, 5)),
        ("2%..5%..9% / month", "1/month", (0.02, 0.05, 0.09)),
        ("30%..60%..70%", "", (0.3, 0.6, 0.7)),
        ("100..400", "", (100, 200, 400)),
        ("uniform(10, 20) GB", "GB", (11, 15, 19)),
    ],
)
def test_a_range_is_its_tenth_percentile_its_middle_and_its_ninetieth(
    said: str, unit: str, ends: tuple[float, ...]
) -> None:
    found = In(unit, least=None).read(said)
    assert found.range is not None
    assert [e * found.scale for e in found.range.ends] == pytest.approx(ends)
    drawn = found.range.at(Scored(np.array([-Z90, 0.0, Z90]))) * found.scale
    assert drawn == pytest.approx(ends)


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ("40..20", In(""), "E-PLAN-013"),
        ("9..4..20", In(""), "E-PLAN-013"),
        ("10 TB", In("tokens"), "E-PLAN-011"),
        ("10 tokns", In("tokens"), "E-PLAN-011"),
        ("120%", share(), "E-PLAN-016"),
        (-1, In("GB"), "E-PLAN-016"),
        ("-120% / month", In("1/month", least=-1.0), "E-PLAN-016"),
        ("__import__('os').system('true')", In(""), "E-PLAN-012"),
        ("users.__class__", In(""), "E-PLAN-012"),
        ("[x for x in users]", In(""), "E-PLAN-010"),
        ("users if users else 1", In(""), "E-PLAN-012"),
        ("open('a')", In(""), "E-PLAN-012"),
        ("users *", In(""), "E-PLAN-012"),
        (True, In(""), "E-PLAN-010"),
        (None, In(""), "E-PLAN-010"),
        ("", In(""), "E-PLAN-010"),
        ("pert(3, 2, 1)", In(""), "E-PLAN-013"),
        ("pert(1, 2)", In(""), "E-PLAN-010"),
        ("4k tokens..9k..20k", In("tokens"), "E-PLAN-010"),
    ],
)
def test_what_is_no_quantity_is_refused_with_its_code(said: Any, field: In, code: str) -> None:
    with pytest.raises(PydanticCustomError) as raised:
        field.read(said)
    assert raised.value.type == code
    assert "; " in raised.value.message()


def test_a_lognormal_follows_from_its_tenth_and_ninetieth_percentile() -> None:
    """methods E2: 100/400 has mu 5.298317, sigma 0.540866, mean 231.501227 and P95 486.852957."""
    found = parse_quantity("100..400").range
    assert found is not None
    z = np.random.default_rng(1).standard_normal(2_000_000)
    drawn = found.at(Scored(z))
    assert np.log(drawn).mean() == pytest.approx(5.298317, abs=1e-3)
    assert np.log(drawn).std() == pytest.approx(0.540866, abs=1e-3)
    assert drawn.mean() == pytest.approx(231.501227, rel=2e-3)
    assert found.at(Scored(np.array([1.6448536269514722])))[0] == pytest.approx(486.852957, rel=1e-6)


def test_pert_has_the_moments_of_its_beta() -> None:
    """methods E2: PERT(80, 100, 200) has alpha 5/3, beta 13/3, mean 113.3333 and variance 412.6984."""
    found = Pert(80, 100, 200)
    assert found.shape == pytest.approx((5 / 3, 13 / 3))
    assert found.mean == pytest.approx(113.3333, abs=1e-4)
    drawn = found.at(Scored(np.random.default_rng(1).standard_normal(1_000_000)))
    assert drawn.var() == pytest.approx(412.6984, rel=0.01)


@pytest.mark.parametrize("found", [Triangular(1, 2, 6), Uniform(3, 9), Pert(1, 2, 6)])
def test_bounded_shapes_stay_within_their_bounds(found: Triangular | Uniform | Pert) -> None:
    drawn = found.at(Scored(np.linspace(-8, 8, 400)))
    assert np.all(np.diff(drawn) >= 0)
    assert drawn.min() >= found.lowest - 1e-9
    assert drawn.max() <= found.highest + 1e-9


def test_a_share_never_leaves_its_bounds() -> None:
    for text in ("1%..5%..9%", "90%..98%..99.5%", "0%..5%..10%"):
        found: Quantity = share().read(text)
        assert found.range is not None
        drawn = found.range.at(Scored(np.linspace(-6, 6, 200))) * found.scale
        assert drawn.min() >= 0
        assert drawn.max() <= 1


def test_an_unknown_unit_names_the_nearest() -> None:
    with pytest.raises(UnitError) as raised:
        parse_unit("tokns")
    assert "tokens" in raised.value.hint
