"""What goes to the log: where something happened and which kind of request it was, never what somebody wrote."""

from __future__ import annotations

import logging
import sys
import time

__all__ = ["ACCESS", "log_requests", "quiet_logging"]

ACCESS = logging.getLogger("skb_mcp.access")
"""One line for every HTTP request, without a query string, an address or a path that was made up."""


class _WhereOnly(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        kind = f" ({record.exc_info[0].__name__})" if record.exc_info and record.exc_info[0] else ""
        return f"{record.levelname.lower()}: {record.name}, line {record.lineno}{kind}"


class _Request(logging.Formatter):
    """When, and what: the time is written out once a second, which is a good part of the work of a line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(message)s")
        self._second, self._written = -1, ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  # theirs
        if int(record.created) != self._second:
            self._second = int(record.created)
            self._written = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(record.created))
        return self._written


def quiet_logging(name: str | None = None) -> None:
    """Log to standard error where something happened, and no message: a message can hold a user's words.

    `name` is the logger for which this holds; None: all of them.
    """
    _write_to_stderr(logging.getLogger(name), _WhereOnly(), logging.WARNING)


def log_requests() -> None:
    """Log a line for every HTTP request to standard error, in place of uvicorn's, which has query strings."""
    _write_to_stderr(ACCESS, _Request(), logging.INFO)
    logging.getLogger("uvicorn.access").handlers.clear()
    logging.getLogger("uvicorn.access").propagate = False


def _write_to_stderr(logger: logging.Logger, formatter: logging.Formatter, level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False
