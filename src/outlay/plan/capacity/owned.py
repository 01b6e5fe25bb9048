"""What an hour of a GPU costs that one owns."""

from dataclasses import dataclass

HOURS_PER_YEAR, HOURS_PER_MONTH = 8760.0, 730.0


@dataclass(frozen=True, slots=True)
class OwnedPrice:
    """USD per GPU-hour by part."""

    capital: float
    colocation: float
    power: float
    staff: float

    @property
    def usd_per_gpu_hour(self) -> float:
        """The sum of the parts."""
        return self.capital + self.colocation + self.power + self.staff


@dataclass(frozen=True, slots=True)
class Purchase:
    """A machine that is bought.

    `network` multiplies its price for switches and cables, `wacc` is the cost of capital.
    """

    usd_per_machine: float
    gpus_per_machine: int = 8
    network: float = 1.12
    years: float = 4.0
    wacc: float = 0.0
    residual: float = 0.0

    @property
    def usd_per_gpu(self) -> float:
        """What one GPU costs with its share of the machine and of the network."""
        return self.usd_per_machine * self.network / self.gpus_per_machine


@dataclass(frozen=True, slots=True)
class Site:
    """Where machines stand: kW that each GPU has booked, USD per kW-month, and power at `load` of it.

    `pue` is the power of the site over that of the machines. 184 USD is the average for 250-500 kW of CBRE, first half
    of 2025, by datacenterknowledge.
    """

    kw_per_gpu: float
    usd_per_kw_month: float = 184.0
    load: float = 0.8
    pue: float = 1.3
    usd_per_kwh: float = 0.08


def recovery_factor(rate: float, years: float) -> float:
    """The yearly payment that pays back 1 with interest: r / (1 - (1 + r)^-n). 10%, 4 years: 0.31547; 0%: 0.25."""
    return rate / (1 - (1 + rate) ** -years) if rate else 1 / years


def sinking_factor(rate: float, years: float) -> float:
    """The yearly payment that grows to 1: the recovery factor less the interest. 10%, 4 years: 0.21547; 0%: 0.25."""
    return recovery_factor(rate, years) - rate


def owned_price(purchase: Purchase, site: Site, staff_usd_per_gpu_year: float = 0.0) -> OwnedPrice:
    """USD per hour of an owned GPU, whether it works or not.

    capital: (price x recovery factor - residual value x sinking factor) / 8,760; colocation: kW x USD per kW-month /
    730; power: kW x load x PUE x USD per kWh. An H100 machine of 320,000 USD over 4 years, 1.275 kW per GPU: 44,800 / 4
    / 8,760 = 1.28 (1.61 at 10%), 0.32 and 0.11: 1.71 to 2.04. SemiAnalysis says 1.69.
    """
    value = purchase.usd_per_gpu
    yearly = value * recovery_factor(purchase.wacc, purchase.years)
    yearly -= value * purchase.residual * sinking_factor(purchase.wacc, purchase.years)
    return OwnedPrice(
        yearly / HOURS_PER_YEAR,
        site.kw_per_gpu * site.usd_per_kw_month / HOURS_PER_MONTH,
        site.kw_per_gpu * site.load * site.pue * site.usd_per_kwh,
        staff_usd_per_gpu_year / HOURS_PER_YEAR,
    )


def fleet_usd_per_month(gpus: float, usd_per_gpu_hour: float) -> float:
    """What GPUs that run all the time cost in a month of 730 hours. 8 at 3.99: 23,301.60."""
    return gpus * usd_per_gpu_hour * HOURS_PER_MONTH
