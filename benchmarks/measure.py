"""Measure a piece of work: time, CPU and memory, in a process of its own so that nothing else counts."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

PROBE = """
import json, resource, sys, time
started = time.perf_counter()
{code}
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took: wall and CPU seconds, peak memory in MiB."""

    wall: float
    cpu: float
    peak: float


def in_process(code: str) -> Run:
    """Run Python code in a fresh process."""
    done = subprocess.run([sys.executable, "-c", PROBE.format(code=code)], capture_output=True, text=True, check=True)
    return Run(*json.loads(done.stdout.strip().splitlines()[-1]))


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """The median wall time of some calls."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return median(taken)
