"""More than one machine: two replicas behind the real nginx, and what the files for containers promise."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
import yaml
from mcp import Client
from mcp.types import TextContent

from conftest import EMERGENCY, ERAS, QUESTION
from http_process import HttpProcess, http_process
from skb_mcp import __version__
from skb_mcp.http import GRACE_SECONDS, KEEP_ALIVE_SECONDS, HttpOptions

pytestmark = [pytest.mark.anyio, pytest.mark.allow_hosts(["127.0.0.1"])]

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("lookup_question", {"question": QUESTION}),
    ("lookup_question", {"question": EMERGENCY}),
    ("search", {"query": "niacinamide"}),
    ("list_entities", {}),
    ("fetch", {"id": "no-such-page"}),
]
CLIENTS = 6
PATIENCE = 20.0
"""Seconds within which a replica must have been noticed to be back."""


# nginx


@contextmanager
def nginx(folder: Path, replicas: list[int]) -> Iterator[str]:
    """The real nginx with deploy/nginx.conf in front of these ports; the URL of the endpoint behind it."""
    assert NGINX
    port = free_port()
    (folder / "nginx.conf").write_text(configured(folder, port, replicas), encoding="utf-8")
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", "daemon off;"]
    running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: running.poll() is not None or listens(port))
        assert running.poll() is None, running.communicate()
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        running.terminate()
        running.communicate(timeout=20)


def configured(folder: Path, port: int, replicas: list[int]) -> str:
    """The configuration as it ships, with other ports and, for whatever nginx writes, another folder."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in "client_body proxy fastcgi uwsgi scgi".split())
    changes = {
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/var/log/nginx": str(folder),
        "http {": f"http {{ {temporary}",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "127.0.0.1:8001": f"127.0.0.1:{replicas[0]}",
        "127.0.0.1:8002": f"127.0.0.1:{replicas[1]}",
    }
    for old, new in changes.items():
        assert text.count(old) == (2 if old == "/var/log/nginx" else 1), old
        text = text.replace(old, new)
    return text


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "this did not come about in time"
        time.sleep(0.02)


# The load


@dataclass
class Load:
    """What clients of both eras got, who call without a pause until they are stopped."""

    url: str
    stopped: bool = False
    failures: list[str] = field(default_factory=list)
    replies: dict[str, set[str]] = field(default_factory=dict)
    """For each call the texts that it got."""
    count: int = 0

    async def run(self) -> None:
        async with anyio.create_task_group() as clients:
            for number in range(CLIENTS):
                clients.start_soon(self._client, ERAS[number % len(ERAS)], number)

    async def _client(self, mode: Any, number: int) -> None:
        async with Client(self.url, mode=mode) as client:
            while not self.stopped:
                number += 1
                await self._call(client, *CALLS[number % len(CALLS)])
                await anyio.sleep(0.01)

    async def _call(self, client: Client, tool: str, arguments: dict[str, Any]) -> None:
        self.count += 1
        try:
            with anyio.fail_after(PATIENCE):
                (block,) = (await client.call_tool(tool, arguments)).content
        except Exception as error:
            self.failures.append(f"{tool}: {error!r}")
        else:
            assert isinstance(block, TextContent)
            self.replies.setdefault(json.dumps([tool, arguments]), set()).add(block.text)


def served(replica: HttpProcess) -> int:
    """How many calls a replica has answered, by its own log."""
    return sum(" POST /mcp 200 " in line for line in replica.log)


async def serves(replica: HttpProcess, calls: int) -> None:
    """Wait until a replica has answered so many calls more."""
    enough = served(replica) + calls
    with anyio.fail_after(PATIENCE):
        while served(replica) < enough:
            await anyio.sleep(0.02)


async def bytes_from(url: str) -> bytes:
    """The reply to a call, as it travels."""
    params = {"name": "lookup_question", "arguments": {"question": QUESTION}}
    async with httpx2.AsyncClient() as http:
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        return (await http.post(url, json=message)).content


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed (on Debian: apt-get install nginx-light)")
@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
async def test_no_call_fails_while_every_replica_goes_in_turn_and_comes_back(tmp_path: Path) -> None:
    with ExitStack() as stack:
        replicas = [stack.enter_context(http_process()) for _ in range(2)]
        ports = [replica.port for replica in replicas]
        url = stack.enter_context(nginx(tmp_path, ports))
        load, statuses, bodies = Load(url), list[int](), set[bytes]()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(load.run)
            await serves(replicas[0], 30)
            for going, staying, number in ((0, 1, signal.SIGTERM), (1, 0, signal.SIGKILL)):
                bodies |= {await bytes_from(url), await bytes_from(replicas[going].url)}
                statuses.append(await anyio.to_thread.run_sync(replicas[going].stop, number))
                await serves(replicas[staying], 60)
                back = http_process(port=ports[going])
                replicas[going] = await anyio.to_thread.run_sync(stack.enter_context, back)
                await serves(replicas[going], 30)
                bodies.add(await bytes_from(replicas[going].url))
            load.stopped = True
    assert statuses == [0, -signal.SIGKILL]
    assert load.failures == []
    assert {call: len(texts) for call, texts in load.replies.items()} == {json.dumps(call): 1 for call in CALLS}
    assert len(bodies) == 1
    for first, second in (ports, ports[::-1]):
        assert tried_again(tmp_path, first, second), "no call was tried on the other replica"


def tried_again(folder: Path, first: int, second: int) -> list[str]:
    """What nginx logged of calls that one replica failed and the other answered."""
    lines = (folder / "access.log").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if re.search(rf"127\.0\.0\.1:{first}, 127\.0\.0\.1:{second} \d+, 200$", line)]


# The files for containers


def documents() -> dict[str, Any]:
    """The objects of the Kubernetes manifest, by kind."""
    text = (DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


def test_the_manifest_runs_two_replicas_that_can_neither_write_nor_call_anybody() -> None:
    found = documents()
    deployment = found["Deployment"]["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    assert deployment["replicas"] >= 2
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    probes = [container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")]
    assert probes == [{"path": "/health", "port": "http"}] * 3
    assert found["NetworkPolicy"]["spec"]["egress"] == []
    assert container["image"].endswith(f":{__version__}")
    labels = deployment["template"]["metadata"]["labels"]
    selectors = [found["Service"]["spec"]["selector"], deployment["selector"]["matchLabels"]]
    selectors += [found[kind]["spec"]["selector"]["matchLabels"] for kind in ("PodDisruptionBudget",)]
    assert selectors == [labels] * 3


def test_a_replica_has_the_time_to_finish_before_it_is_killed() -> None:
    pod = documents()["Deployment"]["spec"]["template"]["spec"]
    rest = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > rest + GRACE_SECONDS


def test_the_balancer_closes_idle_connections_first_and_takes_bodies_as_large_as_the_server_does() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    upstream = text.partition("upstream skb {")[2].partition("}")[0]
    assert int(re.findall(r"keepalive_timeout (\d+)s;", upstream)[0]) < KEEP_ALIVE_SECONDS
    assert re.findall(r"client_max_body_size (\d+)m;", text) == [str(HttpOptions().max_body // 1024**2)]
    assert "non_idempotent;" in text


def image_command() -> list[str]:
    """What the image runs."""
    (command,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    return list[str](json.loads(command))


def test_the_image_is_not_run_by_root_and_says_whether_it_is_well() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last = text[text.rindex("\nFROM ") :]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", last, re.MULTILINE)
    assert "/health" in last
    assert 'ENTRYPOINT ["skb-mcp"]' in last


@pytest.mark.parametrize("source", ["image", "manifest"])
def test_the_commands_of_image_and_manifest_start_the_server(source: str) -> None:
    manifest = documents()["Deployment"]["spec"]["template"]["spec"]["containers"][0]["args"]
    arguments = image_command() if source == "image" else manifest
    assert arguments[:2] == ["serve", "--http"]
    # On the loopback address and a free port: a test opens nothing else.
    with http_process(*arguments[2:], "--host", "127.0.0.1", "--port", "0") as server:
        health = httpx2.get(f"http://127.0.0.1:{server.port}/health", headers={"Host": "10.1.2.3:8000"})
    assert health.json()["status"] == "ok"
