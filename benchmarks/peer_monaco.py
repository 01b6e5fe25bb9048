"""The plan of planning.py in monaco; runs in the environment of the peers and prints draws a second."""

import importlib
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

DRAWS = 500


def main(path: str) -> None:
    """Simulate the lines in a JSON file."""
    monaco: Any = importlib.import_module("monaco")
    stats: Any = importlib.import_module("scipy.stats")
    said = json.loads(Path(path).read_text())
    lines, months = said["lines"], said["months"]

    def before(case: Any) -> Any:
        return ([case.invals[f"x{i}"].val for i in range(4 * len(lines))],)

    def run(drawn: Any) -> Any:
        total = 0.0
        for i in range(len(lines)):
            volume, price, growth, decline = drawn[4 * i : 4 * i + 4]
            cost, ratio = math.exp(volume + price), (1 + growth) * (1 - decline)
            for _ in range(months):
                total += cost
                cost *= ratio
        return (total,)

    def after(case: Any, total: Any) -> None:
        case.addOutVal("total", total)

    started = time.perf_counter()
    quiet = {"verbose": False, "debug": False, "savecasedata": False, "savesimdata": False, "singlethreaded": True}
    functions = {"preprocess": before, "run": run, "postprocess": after}
    sim = monaco.Sim(name="plan", ndraws=DRAWS, fcns=functions, firstcaseismedian=False, seed=1, **quiet)
    for i, (mu, sigma, price, spread, growth, decline) in enumerate(lines):
        sim.addInVar(f"x{4 * i}", stats.norm, {"loc": mu, "scale": sigma})
        sim.addInVar(f"x{4 * i + 1}", stats.norm, {"loc": price, "scale": spread})
        sim.addInVar(f"x{4 * i + 2}", stats.triang, {"loc": -0.01, "scale": 0.13, "c": (growth + 0.01) / 0.13})
        sim.addInVar(f"x{4 * i + 3}", stats.triang, {"loc": 0.0, "scale": 0.06, "c": decline / 0.06})
    sim.runSim()
    print(DRAWS / (time.perf_counter() - started))


main(sys.argv[1])
