"""Run every benchmark, print one table and write it into docs/benchmarks.md.

python benchmarks/run.py [--no-write]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import calls
import cold_start
import http_calls
import lookup
import psutil  # type: ignore[import-untyped]  # ships no types
from measuring import HERE, Row, machine, table

__all__ = ["main"]

DOCUMENT = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


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


def insert(results: str, document: str) -> str:
    """The document with the results between its markers.

    Raises:
        SystemExit: it has not exactly one pair of markers.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in after:
        raise SystemExit(f"error: {DOCUMENT.name} needs one {BEGIN} and one {END} after it")
    return f"{before}{BEGIN}\n{results}\n{END}{after}"


def write(results: str, file: Path = DOCUMENT) -> None:
    """Write the results into the document."""
    file.write_text(insert(results, file.read_text(encoding="utf-8")), encoding="utf-8")


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
        write(results)
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
