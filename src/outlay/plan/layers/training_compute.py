"""Training and tuning on GPUs: FLOP of a run, the share of the peak that is reached, and how often it is done again.

6 N FLOP for each token and parameter (4 N for LoRA) / (peak x MFU) = GPU hours of a run; runs that fail and restarts
come on top, and the cadence says how many runs a month has.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from outlay.plan.capacity import gpu, model, model_from_config, training
from outlay.plan.layers.cadence import Cyclic
from outlay.plan.layers.gpu_price import NONE, ONE, GpuEntry
from outlay.plan.layers.machines import Machines
from outlay.plan.layers.tokens import Share
from outlay.plan.line import Line
from outlay.plan.quantities.field import USAGE, In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import PlanError, World

SECONDS_AN_HOUR = 3600


def all_in() -> Quantity:
    """The share of the bf16 peak over a whole run, as published GPU hours of large runs have it."""
    return parse_quantity("20%..35%..40%")


class Training(GpuEntry, Cyclic):
    """Runs of a training. Their data are `tokens`, or GB of text at `bytes_per_token`, read `epochs` times.

    The share of the bf16 peak that is reached (`mfu`) is 35% all-in for plans, 40% for one tuned run and 20% under
    stress. `failed` is the share of runs that are done again, `restarts` what interruptions add, `experiments` how many
    more GPU hours trials take than runs that are used: 10 to 50 times is told of development.
    """

    kind: Literal["training"] = "training"
    model: str = ""
    """The model that is trained."""
    config: str = ""
    """A config.json of Hugging Face beside the plan, for a model that is not known."""
    parameters: Annotated[Quantity, In("")] | None = None
    """Parameters, for a model that is not known."""
    method: Literal["full", "lora"] = "full"
    """Whether all weights are trained, or adapters."""
    tokens: Annotated[Quantity, In("tokens", group=USAGE, also=("tokens/run",))] | None = None
    """Tokens of a run."""
    data: Annotated[Quantity, In("GB", group=USAGE, also=("GB/run",))] | None = None
    """GB of text of a run, in place of tokens."""
    bytes_per_token: Annotated[Quantity, In("", least=0.1)] = parse_quantity(4)
    """Bytes of text that make a token."""
    epochs: Annotated[Quantity, In("")] = ONE
    """How often a run reads its data."""
    mfu: Annotated[Quantity, In("", least=0.001, most=1.5)] = Field(default_factory=all_in)
    """Share of the bf16 peak that is reached, over everything."""
    failed: Share = NONE
    """Share of the runs that fails and is done again."""
    restarts: Share = NONE
    """What interruptions add to the GPU hours, as a share."""
    experiments: Annotated[Quantity, In("")] = NONE
    """GPU hours of trials over those of runs that are used."""

    def lines(self, world: World) -> Iterator[Line]:
        """The runs, those that fail, restarts, and experiments."""
        price, why = self.gpu_price(world)
        hours = self.run_hours(world)
        runs = self.cycles(world)
        told = f"{hours.level.flat[0]:,.0f} GPU hours a run, {self.told}; {self._memory(world)}; {why}"
        done = runs * hours
        yield Line("runs", done * price, told, done, "GPU hours", model=self.model)
        tried = done * (1 + world(self.failed))
        beside = (("failed runs", self.failed, done), ("restarts", self.restarts, tried))
        for part, share, base in (*beside, ("experiments", self.experiments, done)):
            if share is not NONE:
                hours = base * world(share)
                why = f"{share} of the GPU hours of runs"
                yield Line(part, hours * price, why, hours, "GPU hours", "production", model=self.model)

    def run_hours(self, world: World) -> Path:
        """GPU hours of one run that succeeds: FLOP / (peak x MFU x 3,600)."""
        chip = gpu(self.gpu)
        read = self._tokens(world) * world(self.epochs)
        flop = read * self._flop_per_token(world)
        return flop / (world(self.mfu) * (chip.peak_flops("bf16") * SECONDS_AN_HOUR))

    def _tokens(self, world: World) -> Path:
        if (self.tokens is None) == (self.data is None):
            raise PlanError("E-PLAN-021", f"{self.name} does not say how much it reads", "write tokens, or data in GB")
        if self.tokens is not None:
            return world(self.tokens)
        assert self.data is not None
        return world(self.data) * 1e9 / world(self.bytes_per_token)

    def _flop_per_token(self, world: World) -> Path:
        """6 N, or 4 N for LoRA."""
        each = training.flop_per_token(1.0, self.method)
        return self._parameters(world) * each

    def _parameters(self, world: World) -> Path:
        if self.parameters is not None:
            return world(self.parameters)
        if not self.model and not self.config:
            raise PlanError("E-PLAN-022", f"{self.name} names no model", "write model, config or parameters")
        known = model_from_config(world.folder / self.config) if self.config else model(self.model)
        return Path.of(training.training_parameters(known))

    def _memory(self, world: World) -> str:
        """How many GPUs the memory asks for, whatever the FLOP say."""
        if self.parameters is not None:
            return "memory not checked"
        known = model_from_config(world.folder / self.config) if self.config else model(self.model)
        count = training.gpus_by_memory(known.parameters, gpu(self.gpu), "full" if self.method == "full" else "qlora")
        return f"its memory needs {count} GPUs" if count > 1 else "fits one GPU"


ENTRIES = (Training, Machines)
