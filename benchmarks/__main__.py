"""Run the benchmarks and print their figures: `python -m benchmarks [NAME ...]`."""

import sys
from collections.abc import Callable

from benchmarks import capacity, classifier, commands, kill_table, loading, metering, planning, stack

BENCHMARKS: dict[str, Callable[[], list[str]]] = {
    "csv": loading.csv_against_zcat,
    "load": loading.load_a_million,
    "stack": stack.layer_and_day,
    "pricing": metering.price_ten_million,
    "reprice": metering.reprice_ten_million,
    "cube": metering.cube_of_a_hundred_million,
    "plans": planning.plans,
    "capacity": capacity.predictions_and_replicas,
    "kills": kill_table.table,
    "classifier": classifier.figures,
    "help": commands.help_and_install,
}


def main() -> None:
    """Run the named benchmarks, or all."""
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"\n{name}")
        for line in BENCHMARKS[name]():
            print(f"  {line}", flush=True)


main()
