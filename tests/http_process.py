"""`skb-mcp serve --http` as a process of its own, for the tests that need real sockets and signals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from conftest import COMMAND


class HttpProcess:
    """A server on 127.0.0.1; `log` is what it wrote on standard error so far, line by line."""

    def __init__(
        self, *arguments: str, port: int = 0, env: Mapping[str, str] | None = None, command: Path = COMMAND
    ) -> None:
        self.popen = subprocess.Popen(
            [command, "serve", "--http", "--port", str(port), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            text=True,
        )
        assert self.popen.stderr
        self.log: list[str] = []
        while not (found := re.search(r"Listening on (http://127\.0\.0\.1:(\d+)/\S*)", "".join(self.log))):
            self.log.append(self.popen.stderr.readline())
            assert self.log[-1], "".join(self.log)
        self.url, self.port = found[1], int(found[2])
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stderr
        self.log += self.popen.stderr

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit status, after nothing was seen on standard output."""
        self.popen.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end; the exit status, after nothing was seen on standard output."""
        status = self.popen.wait(timeout=30)
        self._reader.join()
        assert self.popen.stdout
        assert self.popen.stderr
        if not self.popen.stdout.closed:
            assert self.popen.stdout.read() == ""
            self.popen.stdout.close()
            self.popen.stderr.close()
        return status


@contextmanager
def http_process(*arguments: str, port: int = 0, env: Mapping[str, str] | None = None) -> Iterator[HttpProcess]:
    """A server that does not outlive its test."""
    running = HttpProcess(*arguments, port=port, env=env)
    try:
        yield running
    finally:
        if running.popen.poll() is None:
            running.popen.kill()
        running.wait()
