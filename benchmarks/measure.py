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
began = time.perf_counter()
{prepare}
started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
{code}
used, ended = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps([ended - started, cpu, used.ru_maxrss / 1024, ended - began]))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took: wall and CPU seconds, peak memory in MiB; `whole` are the seconds with its preparation."""

    wall: float
    cpu: float
    peak: float
    whole: float


def in_process(code: str, prepare: str = "") -> Run:
    """Run Python code in a fresh process, after what prepares it."""
    script = PROBE.format(prepare=prepare, code=code)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return Run(*json.loads(done.stdout.strip().splitlines()[-1]))


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """The median wall time of some calls."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return median(taken)
