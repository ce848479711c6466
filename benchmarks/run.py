"""Run every benchmark, print one table and write it into docs/benchmarks.md.

python benchmarks/run.py [--no-write]
"""

from __future__ import annotations

import argparse
import time

import calls
import cold_start
import http_calls
import lookup
import psutil  # type: ignore[import-untyped]  # ships no types
from measuring import Row, machine, table, write_results

__all__ = ["main"]


def measure() -> list[Row]:
    """All rows; the cold starts come first, while this process is small."""
    return [*cold_start.measure(), *calls.measure(), *http_calls.measure(), *lookup.measure()]


class Load:
    """How much of the machine other programs use from here on, so that a disturbed run can be told."""

    def __init__(self) -> None:
        self._start = self._now()

    @staticmethod
    def _now() -> tuple[float, float, float]:
        """Seconds of the clock, of all processors at work, and of this program and the servers it waited for."""
        used = psutil.cpu_times()
        own = psutil.Process().cpu_times()
        idle = used.idle + getattr(used, "iowait", 0.0)
        return time.monotonic(), sum(used) - idle - getattr(used, "guest", 0.0), sum(own[:4])

    def share(self) -> float:
        """The part (0–1) of all processors' time that other programs took."""
        clock, busy, own = (now - then for now, then in zip(self._now(), self._start, strict=True))
        return max(busy - own, 0.0) / (clock * (psutil.cpu_count() or 1))


def main() -> int:
    """Measure, print and write; 1 when a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    options = parser.parse_args()
    load = Load()
    rows = measure()
    disturbed = f"Other programs took {load.share():.0%} of it meanwhile."
    results = f"Measured on: {machine()}. {disturbed}\n\n{table(rows)}"
    print(results)
    if not options.no_write:
        write_results("results", results)
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
