"""`validate --probe`, against a real web server on this machine; nothing leaves it."""

from __future__ import annotations

import gzip
import io
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import platformdirs
import pytest
import trustme

from skb_mcp import CorpusError, Finding, __version__
from skb_mcp.probe import ProbeOptions, ProbeTarget, probe, targets
from support import few_shipped, page, rows, shipped, source_row, time_limit, write

# A loopback connection is all that a test may open, whatever the code under test does.
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TITLE = "Razor bumps: tips"
HERE = "sources/a.md"
AT_ONCE = 4
"""The requests that may be under way at a time."""


# A web server, and a resolver


@dataclass(frozen=True)
class Answer:
    """What a path answers; `body` is sent as HTML unless `headers` say otherwise, `act` sends a body by itself."""

    status: int = 200
    body: bytes = f"<title>{TITLE}</title>".encode()
    headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass(frozen=True)
class Request:
    """What was asked, and when on the clock of `time.monotonic`."""

    host: str
    path: str
    at: float
    headers: dict[str, str]


class Site:
    """A server on 127.0.0.1 that answers each path in turn (its last answer stays) and keeps account."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[Request] = []
        self.most: Counter[str] = Counter()
        """The most requests that were under way at a time, for each host and for "all"."""
        self._under_way: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.closing = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                if self.request.recv(1, socket.MSG_PEEK) == b"\x16":  # a TLS handshake
                    self.request = tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def finish(self) -> None:
                super().finish()
                self.request.close()

            def do_GET(self) -> None:
                site.serve(self)

            def log_message(self, *_: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_: object) -> None: ...

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.005,))
        self._thread.start()

    def url(self, path: str, host: str = "here.example", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def on(self, path: str, *answers: Answer) -> str:
        """Set the answers of a path and return its URL."""
        self.answers[path] = list(answers)
        return self.url(path)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        host = handler.headers["Host"].partition(":")[0]
        with self._lock:
            self.requests.append(Request(host, handler.path, time.monotonic(), dict(handler.headers)))
            for name in (host, "all"):
                self._under_way[name] += 1
                self.most[name] = max(self.most[name], self._under_way[name])
            waiting = self.answers.get(handler.path, [Answer(404)])
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        try:
            self._send(handler, answer)
        finally:
            with self._lock:
                self._under_way.subtract((host, "all"))

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        if not answer.status:
            return
        headers = {"Content-Type": "text/html; charset=utf-8"} | answer.headers
        if not answer.act:
            headers |= {"Content-Length": str(len(answer.body))}
        handler.send_response(answer.status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if answer.act:
            answer.act(handler)
        else:
            handler.wfile.write(answer.body)

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class Resolver:
    """Names below .example are this machine's unless `names` has other answers, one for each question (the last stays).

    An answer is a list of addresses, or the number of an error. Other names are not known.
    """

    def __init__(self) -> None:
        self.names: dict[str, list[list[str] | int]] = {"localhost": [["127.0.0.1"]]}
        self._resolve = partial(socket.getaddrinfo, flags=socket.AI_NUMERICHOST)

    def __call__(self, host: str | bytes, port: int | None, *_: object, **__: object) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        answers = self.names.get(name, [["127.0.0.1" if name.endswith(".example") else name]])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, int):
            raise socket.gaierror(answer, "as the test has it")
        return [row for address in answer for row in self._resolve(address, port, type=socket.SOCK_STREAM)]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*OURS).configure_cert(context)
    return context


@pytest.fixture
def site(tls: ssl.SSLContext) -> Iterator[Site]:
    running = Site(tls)
    yield running
    running.close()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, authority: trustme.CA, tmp_path: Path) -> None:
    """No proxy, and the one authority that vouches for the site."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """No test asks a real name server."""
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return resolver


OURS = frozenset({"here.example", "www.here.example", "there.example", "127.0.0.1"})


@pytest.fixture
def quick(tmp_path: Path) -> ProbeOptions:
    """Options of a test: nothing waits longer than it must."""
    return ProbeOptions(tmp_path / "cache", delay=0, timeout=2, deadline=4, backoff=0, max_wait=0, private_hosts=OURS)


def of(url: str, title: str = TITLE, path: str = HERE, line: int = 7) -> ProbeTarget:
    return ProbeTarget(path, line, title, url)


def found(finding: str, severity: str = "warning") -> list[str]:
    """One finding at the usual place, as `said` has it."""
    return [f"{severity}: {HERE}:7: {finding}"]


def said(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{finding.severity}: {finding}" for finding in findings]


def unchecked(reason: str) -> list[str]:
    return found(f"could not be checked: {reason} (probe-unreachable)")


# Titles


def test_a_page_that_loads_under_its_title_has_no_finding(site: Site, quick: ProbeOptions) -> None:
    assert probe([of(site.on("/a", Answer()))], quick) == ()
    assert site.paths() == ["/a"]


def test_another_title_is_a_warning_that_shows_both(site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer(body=b"<title>Page not found</title>"))
    expected = found(f"the page is titled “Page not found”, not “{TITLE}” (probe-title)")
    assert said(probe([of(url)], quick)) == expected


HOME = "here.example"
SAME_TITLES = {
    "word for word": ("Razor bumps: tips", "<title>Razor bumps: tips</title>"),
    "in other letters": ("Razor Bumps", "<title>RAZOR BUMPS</title>"),
    "an entity": ("Shaving & you", "<title>Shaving &amp; you</title>"),
    "a curly quote": ("Don't shave dry", "<title>Don’t shave dry</title>"),
    "a curly quote as an entity": ("Don’t shave dry", "<title>Don&#8217;t shave dry</title>"),
    "full-width letters": ("Razor bumps", "<title>Ｒａｚｏｒ bumps</title>"),
    "a publisher in front of what is cited": ("ABC — Razor bumps", "<title>Razor bumps</title>"),
    "a long publisher": ("Academy of Beards and Chins — Razor bumps", "<title>Razor bumps</title>"),
    "the site in front of what is cited": ("Here — Razor bumps", "<title>Razor bumps</title>"),
    "the site behind what is cited": ("Razor bumps — Here", "<title>Razor bumps</title>"),
    "PubMed": ("PubMed — Razor bumps", "<title>Razor bumps - PubMed</title>"),
    "a product page": ("Calm Lotion — Official Product Page", "<title>Calm Lotion | Here</title>"),
    "a product page, label first": ("Official Product Page — Calm Lotion", "<title>Calm Lotion</title>"),
    "authors before a title in quotes": (
        'Doe J, Roe R, Poe E et al., "Blades: a trial"',
        "<title>Blades: a trial - PubMed</title>",
    ),
    "the site behind what is found": ("Razor bumps", "<title>Razor bumps | Academy of Beards and Chins</title>"),
    "a subtitle": ("Razor bumps", "<title>Razor bumps: symptoms and treatment</title>"),
    "a hyphen": ("Postinflammatory spots", "<title>Post-inflammatory spots</title>"),
    "only in the heading": ("Razor bumps", "<title>Welcome</title><h1 class=x>Razor <em>bumps</em></h1>"),
    "only in og:title": ("Razor bumps", '<title>x</title><meta property="og:title" content="Razor bumps">'),
    "upper-case markup": ("Razor bumps", "<TITLE>Razor bumps</TITLE>"),
    "over two lines": ("Razor bumps", "<title>\n  Razor\n  bumps\n</title>"),
    "a picture's title behind": ("Razor bumps", "<title>Razor bumps</title><svg><title>Logo</title></svg>"),
    "an empty heading first": ("Razor bumps", "<title>x</title><h1><img></h1><h1>Razor bumps</h1>"),
    "the name of the site alone": ("Here", "<title>Here</title>"),
    "no title at all": ("Razor bumps", "<p>Razors.</p>"),
    "an empty page": ("Razor bumps", ""),
}
OTHER_TITLES = {
    "another subject of the site": ("Here — Razor bumps", "<title>Hair loss — Here</title>", "Hair loss — Here"),
    "the site's front page": ("Here — Razor bumps", "<title>Here</title>", "Here"),
    "another page of the publisher": (
        "Academy of Beards and Chins — Razor bumps",
        "<title>Hair loss | Academy of Beards and Chins</title>",
        "Hair loss | Academy of Beards and Chins",
    ),
    "one common word": ("Nicotinic acid and niacinamide skin review", "<title>Skin</title>", "Skin"),
    "a wall": ("Razor bumps", "<title>Just a moment...</title>", "Just a moment..."),
    "control and invisible characters": ("Razor bumps", "<title>\x1b[31mRed\u202e \u200b\x07</title>", "[31mRed"),
    "a long title": ("Razor bumps", f"<title>{'long ' * 1000}</title>", "long " * 39 + "long…"),
    "og:title before the others": ("Razor", '<h1>C</h1><title>B</title><meta property="og:title" content="A">', "A"),
    "an open title": ("Razor bumps", "<title>Half</title", "Half"),
    "an open heading of many pieces": ("Razor bumps", "<h1>" + "Oh<b>" * 5_000, "Oh " * 66 + "O…"),
    "a broken declaration behind": ("Razor bumps", "<title>Sorry</title><![oh[ no <h1>x</h1>", "Sorry"),
}


@pytest.mark.parametrize("case", SAME_TITLES)
def test_a_title_is_recognised(case: str, site: Site, quick: ProbeOptions) -> None:
    title, html = SAME_TITLES[case]
    assert said(probe([of(site.on("/a", Answer(body=html.encode())), title)], quick)) == []


@pytest.mark.parametrize("case", OTHER_TITLES)
def test_another_title_is_told_from_the_cited_one(case: str, site: Site, quick: ProbeOptions) -> None:
    title, html, shown = OTHER_TITLES[case]
    findings = probe([of(site.on("/a", Answer(body=html.encode())), title)], quick)
    assert said(findings) == found(f"the page is titled “{shown}”, not “{title}” (probe-title)")


FRENCH = "Crème apaisante à l’été"
ENCODED = {
    "by its header": (FRENCH.encode("cp1252"), "text/html; charset=windows-1252", ""),
    "by its header, quoted": (FRENCH.encode("cp1252"), 'text/html; charset="windows-1252"', ""),
    "by its own word": (FRENCH.encode("cp1252"), "text/html", "<meta charset=windows-1252>"),
    "by its own long word": (
        FRENCH.encode("cp1252"),
        "text/html",
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">',
    ),
    "in UTF-8 without a word": (FRENCH.encode(), "text/html", ""),
    "in no known charset": (FRENCH.encode(), "text/html; charset=utf-5000", ""),
    "in a codec that is no charset": (FRENCH.encode(), "text/html; charset=punycode", ""),
    "with stray bytes": (b"\xff\xfe\x00" + FRENCH.encode(), "application/xhtml+xml", ""),
}


@pytest.mark.parametrize("case", ENCODED)
def test_a_page_is_read_in_its_own_charset(case: str, site: Site, quick: ProbeOptions) -> None:
    title, kind, meta = ENCODED[case]
    body = meta.encode() + b"<title>" + title + b"</title>"
    assert said(probe([of(site.on("/a", Answer(200, body, {"Content-Type": kind})), FRENCH)], quick)) == []


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "text/plain", ""])
def test_of_what_is_not_html_no_title_is_read(kind: str, site: Site, quick: ProbeOptions) -> None:
    pdf = Answer(200, b"%PDF-1.7 <title>Other</title>", {"Content-Type": kind})
    assert probe([of(site.on("/a", pdf))], quick) == ()


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"<title>Other</title>")
    while True:
        handler.wfile.write(b"<p>and on it goes</p>" * 1000)


def test_no_more_of_a_page_is_read_than_the_limit(site: Site, quick: ProbeOptions) -> None:
    before = site.on("/before", Answer(act=endless))
    behind = site.on("/behind", Answer(200, b" " * 70_000 + b"<title>Other</title>"))
    file = site.on("/file", Answer(200, headers={"Content-Type": "video/mp4"}, act=endless))
    findings = probe([of(before), of(behind), of(file)], replace(quick, max_bytes=64 * 1024))
    assert said(findings) == found(f"the page is titled “Other”, not “{TITLE}” (probe-title)")


def test_a_packed_page_is_unpacked_up_to_the_limit(site: Site, quick: ProbeOptions) -> None:
    packed = {"Content-Encoding": "gzip"}
    good = site.on("/good", Answer(200, gzip.compress(f"<title>{TITLE}</title>".encode()), packed))
    bomb = site.on("/bomb", Answer(200, gzip.compress(b"<p>" * 3_000_000, 1), packed))
    assert probe([of(good), of(bomb)], replace(quick, max_bytes=64 * 1024)) == ()


def test_a_page_that_is_packed_wrongly_could_not_be_checked(site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer(200, b"no gzip at all", {"Content-Encoding": "gzip"}))
    assert said(probe([of(url)], quick)) == unchecked("the exchange failed (DecodingError)")


@pytest.mark.parametrize("piece", ["<!--", "</a ", "<!", "<?", "<![CDATA[", "<a b", "<title>", "&lt"])
def test_hostile_markup_takes_no_time(piece: str, site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer(body=b"<title>Other</title>" + piece.encode() * 20_000))
    with time_limit(3):
        assert [finding.rule for finding in probe([of(url)], quick)] == ["probe-title"]


# Pages that do not load


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_an_error_at_once(status: int, site: Site, quick: ProbeOptions) -> None:
    findings = probe([of(site.on("/a", Answer(status)))], quick)
    assert said(findings) == found(f"the page is gone: the server answers {status} (probe-dead)", "error")
    assert site.paths() == ["/a"]


def test_a_host_without_an_address_is_a_warning_at_once(resolver: Resolver, quick: ProbeOptions) -> None:
    resolver.names["gone.example"] = [socket.EAI_NONAME, ["127.0.0.1"]]
    expected = found("the host's name does not resolve; if others do, the page is gone (probe-dead)")
    assert said(probe([of("https://gone.example/a")], quick)) == expected


def test_a_resolver_that_is_out_of_order_is_asked_again(resolver: Resolver, quick: ProbeOptions) -> None:
    resolver.names["later.example"] = [socket.EAI_AGAIN]
    expected = unchecked("the host's name cannot be resolved at present")
    assert said(probe([of("https://later.example/a")], quick)) == expected


@pytest.mark.parametrize("status", [400, 401, 403, 418, 451, 300, 304])
def test_a_refusal_is_not_taken_for_a_dead_page(status: int, site: Site, quick: ProbeOptions) -> None:
    assert said(probe([of(site.on("/a", Answer(status, b"")))], quick)) == unchecked(f"the server answers {status}")
    assert site.paths() == ["/a"]


def test_a_server_that_recovers_is_as_good_as_any(site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer(500), Answer(503), Answer())
    assert probe([of(url)], quick) == ()
    assert site.paths() == ["/a"] * 3


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_that_does_not_recover_is_asked_three_times(status: int, site: Site, quick: ProbeOptions) -> None:
    assert said(probe([of(site.on("/a", Answer(status)))], quick)) == unchecked(f"the server answers {status}")
    assert site.paths() == ["/a"] * 3


def test_a_connection_that_breaks_is_tried_again(site: Site, quick: ProbeOptions) -> None:
    assert probe([of(site.on("/a", Answer(0), Answer()))], quick) == ()
    assert said(probe([of(site.on("/b", Answer(0)))], quick)) == unchecked("the exchange failed (RemoteProtocolError)")
    assert site.paths() == ["/a"] * 2 + ["/b"] * 3


def test_a_port_where_nobody_listens_could_not_be_checked(quick: ProbeOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    url = f"http://here.example:{port}/a"
    assert said(probe([of(url)], quick)) == unchecked("the exchange failed (ConnectError)")


def gaps(site: Site, path: str) -> list[float]:
    times = [request.at for request in site.requests if request.path == path]
    return [later - earlier for earlier, later in pairwise(times)]


def test_waits_between_tries_grow(site: Site, quick: ProbeOptions) -> None:
    probe([of(site.on("/a", Answer(500)))], replace(quick, backoff=0.05, max_wait=9))
    first, second = gaps(site, "/a")
    assert first >= 0.05
    assert second >= 0.1


def in_an_hour() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize(
    ("status", "asked"),
    [(429, "3600"), (503, in_an_hour()), (429, "9" * 999)],
    ids=["in seconds", "as a date", "for ever"],
)
def test_a_server_that_asks_for_patience_gets_it_up_to_a_limit(
    status: int, asked: str, site: Site, quick: ProbeOptions
) -> None:
    url = site.on("/a", Answer(status, headers={"Retry-After": asked}), Answer())
    assert probe([of(url)], replace(quick, max_wait=0.1)) == ()
    assert gaps(site, "/a")[0] >= 0.1


@pytest.mark.parametrize("asked", ["", "soon", "-1", "nan", "Wed, 99 Foo 2026", "Wed, 21 Oct 2015 07:28:00 -0000"])
def test_an_odd_retry_after_is_no_reason_to_wait(asked: str, site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer(429, headers={"Retry-After": asked}), Answer())
    with time_limit(3):
        assert probe([of(url)], replace(quick, max_wait=60)) == ()


def test_a_host_that_asks_for_patience_is_left_alone_by_all(site: Site, quick: ProbeOptions) -> None:
    first = site.on("/a", Answer(429, headers={"Retry-After": "9"}), Answer())
    assert probe([of(first), of(site.on("/b", Answer()))], replace(quick, max_wait=0.1)) == ()
    assert site.paths() == ["/a", "/a", "/b"]


def hang(site: Site) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"<title>Raz")
        site.closing.wait(9)

    return act


def drip(site: Site) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(handler: BaseHTTPRequestHandler) -> None:
        while not site.closing.wait(0.02):
            handler.wfile.write(b" ")

    return act


def test_a_body_that_never_ends_times_out(site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer(act=hang(site)))
    assert said(probe([of(url)], replace(quick, timeout=0.1, tries=2))) == unchecked("timed out")
    assert site.paths() == ["/a"] * 2


def test_a_body_that_drips_times_out(site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer(act=drip(site)))
    assert said(probe([of(url)], replace(quick, deadline=0.2, tries=1))) == unchecked("timed out")


def test_a_server_that_says_nothing_times_out(quick: ProbeOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://here.example:{silent.getsockname()[1]}/"
        assert said(probe([of(url)], replace(quick, timeout=0.1, tries=1))) == unchecked("timed out")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://here.example/a", "not an http or https URL"),
        ("file:///etc/passwd", "not an http or https URL"),
        ("javascript:alert(1)", "not an http or https URL"),
        ("http:///a", "not an http or https URL"),
        ("//here.example/a", "not an http or https URL"),
        ("http://here.example:99999/", "not an http or https URL"),
        ("http://here.example:x/", "not a valid URL"),
        ("http://[::1/", "not a valid URL"),
        ("http://a..example/", "not a valid URL"),
        (f"http://{'a' * 70}.example/", "not a valid URL"),
        ("http://here.example/\x00", "not a valid URL"),
        (f"http://here.example/{'a' * 70_000}", "not a valid URL"),
        ("", "not an http or https URL"),
    ],
)
def test_only_valid_web_urls_are_fetched(url: str, reason: str, quick: ProbeOptions) -> None:
    assert said(probe([of(url)], quick)) == unchecked(reason)


# Redirects


def to(where: str, status: int) -> Answer:
    return Answer(status, b"", {"Location": where})


@pytest.mark.parametrize("status", [301, 308])
def test_a_page_that_moved_for_good_is_a_warning_with_its_new_url(status: int, site: Site, quick: ProbeOptions) -> None:
    url = site.on("/old", to("/new?x=1", status))
    site.on("/new?x=1", Answer())
    moved = found(f"the page has moved for good; cite {site.url('/new?x=1')} (probe-moved)")
    assert said(probe([of(url)], quick)) == moved


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_page_that_is_elsewhere_for_now_has_not_moved(status: int, site: Site, quick: ProbeOptions) -> None:
    site.on("/new", Answer())
    assert probe([of(site.on("/old", to("/new", status)))], quick) == ()


def test_the_new_url_is_where_permanent_redirects_end(site: Site, quick: ProbeOptions) -> None:
    url = site.on("/1", to("/2", 301))
    site.on("/2", to(site.url("/3", "there.example"), 308))
    site.on("/3", to("/today", 302))
    site.on("/today", to("/now", 301))
    site.on("/now", Answer())
    moved = found(f"the page has moved for good; cite {site.url('/3', 'there.example')} (probe-moved)")
    assert said(probe([of(url)], quick)) == moved


def test_a_page_that_moved_to_another_page_has_both_findings(site: Site, quick: ProbeOptions) -> None:
    site.on("/", Answer(body=b"<title>Welcome</title>"))
    assert said(probe([of(site.on("/old", to("/", 301)))], quick)) == [
        *found(f"the page has moved for good; cite {site.url('/')} (probe-moved)"),
        *found(f"the page is titled “Welcome”, not “{TITLE}” (probe-title)"),
    ]


def test_a_redirect_to_a_page_that_is_gone_is_a_dead_page(site: Site, quick: ProbeOptions) -> None:
    findings = probe([of(site.on("/old", to("/nowhere", 301)))], quick)
    assert said(findings) == found("the page is gone: the server answers 404 (probe-dead)", "error")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (("/a", "here.example", "http"), ("/a/", "here.example", "http")),
        (("/a/", "here.example", "http"), ("/a", "here.example", "http")),
        (("/a", "here.example", "http"), ("/a", "www.here.example", "http")),
        (("/a", "www.here.example", "http"), ("/a", "here.example", "http")),
        (("/a", "here.example", "http"), ("/a", "here.example", "https")),
        (("/a", "here.example", "http"), ("/a/", "www.here.example", "https")),
    ],
)
def test_https_www_and_a_slash_make_no_other_page(
    start: tuple[str, str, str], end: tuple[str, str, str], site: Site, quick: ProbeOptions
) -> None:
    site.answers = {end[0]: [Answer()], start[0]: [to(site.url(*end), 301), Answer()]}
    assert said(probe([of(site.url(*start))], quick)) == []
    assert [request.host for request in site.requests] == [start[1], end[1]]


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(site: Site, quick: ProbeOptions, tmp_path: Path) -> None:
    site.on("/a", Answer())
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    findings = probe([of(site.url("/a", scheme="https"))], quick)
    assert said(findings) == unchecked("the exchange failed (ConnectError)")
    assert site.requests == []


def test_five_redirects_are_followed_and_no_more(site: Site, quick: ProbeOptions) -> None:
    for n in range(6):
        site.on(f"/{n}", to(f"/{n + 1}", 302))
    site.on("/6", Answer())
    assert probe([of(site.url("/1"))], quick) == ()
    assert said(probe([of(site.url("/0"))], quick)) == unchecked("more than 5 redirects")
    loop = site.on("/loop", to("/loop", 301))
    assert said(probe([of(loop)], quick)) == unchecked("more than 5 redirects")
    assert site.paths().count("/loop") == 6


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("ftp://here.example/", "not an http or https URL"),
        ("mailto:someone@here.example", "the server answers 301"),
        ("http://[::1/", "the server answers 301"),
    ],
)
def test_a_redirect_to_nowhere_could_not_be_checked(where: str, reason: str, site: Site, quick: ProbeOptions) -> None:
    assert said(probe([of(site.on("/a", to(where, 301)))], quick)) == unchecked(reason)


# Addresses that are not public

PRIVATE = "the host has an address that is not public; not fetched"
NOT_PUBLIC = """
    127.0.0.1 127.1 127.8.8.8 0.0.0.0 0 2130706433 0x7f.1 10.0.0.7 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1
    198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 localhost here.example [::1] [::] [fe80::1] [fc00::1] [fec0::1]
    [ff02::1] [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::] [::127.0.0.1]
""".split()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_that_is_not_public_is_not_connected_to(scheme: str, site: Site, quick: ProbeOptions) -> None:
    site.on("/a", Answer())
    places = [of(site.url("/a", host, scheme), path=host) for host in NOT_PUBLIC]
    findings = probe(places, replace(quick, private_hosts=frozenset()))
    assert {f.path: f.message for f in findings} == dict.fromkeys(NOT_PUBLIC, f"could not be checked: {PRIVATE}")
    assert site.requests == []


@pytest.mark.parametrize("host", ["localhost", "127.1", "there.example", "169.254.169.254", "[::1]"])
def test_a_redirect_to_an_address_that_is_not_public_is_not_followed(
    host: str, site: Site, quick: ProbeOptions
) -> None:
    url = site.on("/a", to(site.url("/secret", host), 301))
    site.on("/secret", Answer())
    options = replace(quick, private_hosts=frozenset({"here.example"}))
    assert said(probe([of(url)], options)) == unchecked(PRIVATE)
    assert site.paths() == ["/a"]


def test_one_address_that_is_not_public_is_enough(quick: ProbeOptions, resolver: Resolver) -> None:
    resolver.names["both.example"] = [["93.184.216.34", "127.0.0.1"]]
    assert said(probe([of("http://both.example/")], quick)) == unchecked(PRIVATE)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_turns_private_when_it_is_connected_to_gets_no_request(
    scheme: str, site: Site, quick: ProbeOptions, resolver: Resolver
) -> None:
    resolver.names["rebound.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    site.on("/a", Answer())
    assert said(probe([of(site.url("/a", "rebound.example", scheme))], quick)) == unchecked(PRIVATE)
    assert site.requests == []
    assert resolver.names["rebound.example"] == [["127.0.0.1"]]  # the public address was given, and used


def test_a_proxy_of_the_environment_is_used_and_may_know_more_names(
    site: Site, quick: ProbeOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{site.port}")
    site.on("http://known-to-the-proxy.test/a", Answer())
    assert probe([of("http://known-to-the-proxy.test/a")], replace(quick, private_hosts=frozenset())) == ()
    assert site.paths() == ["http://known-to-the-proxy.test/a"]


@pytest.mark.parametrize("host", ["10.0.0.7", "localhost", "here.example"])
def test_a_proxy_is_not_asked_for_addresses_that_are_not_public(
    host: str, site: Site, quick: ProbeOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{site.port}")
    findings = probe([of(f"http://{host}/a")], replace(quick, private_hosts=frozenset()))
    assert said(findings) == unchecked(PRIVATE)
    assert site.requests == []


# Manners


def test_four_requests_are_under_way_at_most(site: Site, quick: ProbeOptions) -> None:
    full = threading.Barrier(AT_ONCE)

    def wait_for_the_others(handler: BaseHTTPRequestHandler) -> None:
        full.wait(5)  # a fifth would come in between; with fewer than four it breaks
        handler.wfile.write(f"<title>{TITLE}</title>".encode())

    site.on("/a", Answer(act=wait_for_the_others))
    hosts = [f"h{n}.example" for n in range(3 * AT_ONCE)]
    options = replace(quick, timeout=6, deadline=9, private_hosts=frozenset(hosts))
    assert probe([of(site.url("/a", host)) for host in hosts], options) == ()
    assert site.most["all"] == AT_ONCE
    assert {request.host for request in site.requests} == set(hosts)


def test_a_host_gets_one_request_at_a_time_and_a_pause_behind_it(site: Site, quick: ProbeOptions) -> None:
    urls = [site.on(f"/{n}", to("/end", 302)) for n in range(3)]
    site.on("/end", Answer())
    assert probe([of(url) for url in urls], replace(quick, delay=0.05)) == ()
    assert site.most["here.example"] == 1
    times = [request.at for request in site.requests]
    assert len(times) == 6
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.05


def test_each_url_is_fetched_once_for_all_the_places_that_cite_it(site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer(410))
    places = [of(f"{url}#b", path="b.md"), of(url, path="a.md", line=9), of(url, "Other", path="a.md", line=3)]
    findings = probe(places, quick)
    assert [(finding.path, finding.line) for finding in findings] == [("a.md", 3), ("a.md", 9), ("b.md", 7)]
    assert probe(reversed(places), quick) == findings
    assert site.paths() == ["/a"] * 2


def test_findings_come_in_the_same_order_whichever_answer_is_first(site: Site, quick: ProbeOptions) -> None:
    hosts = [f"h{n}.example" for n in range(AT_ONCE)]
    options = replace(quick, private_hosts=frozenset(hosts))
    places = [of(site.url(f"/{n}", host), path=f"{n}.md") for n, host in enumerate(hosts)]
    runs = [probe(order, options) for order in (places, places[::-1])]
    assert [finding.path for finding in runs[0]] == ["0.md", "1.md", "2.md", "3.md"]
    assert runs[0] == runs[1]


def test_a_request_names_itself_and_carries_no_secrets(site: Site, quick: ProbeOptions) -> None:
    site.on("/a?key=1", Answer(302, b"", {"Location": "/b", "Set-Cookie": "id=7; Path=/"}))
    site.on("/b", Answer())
    url = f"http://user:secret@here.example:{site.port}/a?key=1#part"
    assert probe([of(url)], quick) == ()
    assert site.paths() == ["/a?key=1", "/b"]
    for request in site.requests:
        assert request.headers["User-Agent"].startswith(f"skb-mcp/{__version__} ")
        assert not {"cookie", "authorization", "referer"} & {name.lower() for name in request.headers}


def test_nothing_is_printed_where_there_is_no_terminal(
    site: Site, quick: ProbeOptions, capfd: pytest.CaptureFixture[str]
) -> None:
    probe([of(site.on("/a", Answer(404)))], quick)
    assert capfd.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_progress_on_standard_error(
    site: Site, quick: ProbeOptions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    probe([of(site.on("/a", Answer()))], quick)
    assert "0/1" in terminal.getvalue()
    assert capsys.readouterr().out == ""


# The cache


def test_a_page_that_loaded_is_not_fetched_again(site: Site, quick: ProbeOptions) -> None:
    url = site.on("/old", to("/new", 301))
    site.on("/new", Answer())
    first = probe([of(url)], quick)
    assert [finding.rule for finding in first] == ["probe-moved"]
    assert probe([of(url)], quick) == first
    assert site.paths() == ["/old", "/new"]


def test_what_is_remembered_is_the_page_and_not_the_verdict(site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer())
    assert probe([of(url)], quick) == ()
    assert [finding.rule for finding in probe([of(url, "Hair loss")], quick)] == ["probe-title"]
    assert site.paths() == ["/a"]


@pytest.mark.parametrize("answer", [Answer(404), Answer(500), Answer(403)], ids=lambda a: str(a.status))
def test_a_page_that_did_not_load_is_fetched_again(answer: Answer, site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", answer)
    probe([of(url)], replace(quick, tries=1))
    site.on("/a", Answer())
    assert probe([of(url)], quick) == ()
    assert site.paths() == ["/a"] * 2


def aged(file: Path, days: float) -> None:
    pages = json.loads(file.read_text())
    for entry in pages.values():
        entry["at"] = (datetime.fromisoformat(entry["at"]) - timedelta(days=days)).isoformat()
    file.write_text(json.dumps(pages))


@pytest.mark.parametrize(("days", "requests"), [(6.9, 1), (7.1, 2), (-1, 2)])
def test_a_page_is_remembered_for_a_week(days: float, requests: int, site: Site, quick: ProbeOptions) -> None:
    url = site.on("/a", Answer())
    probe([of(url)], quick)
    assert quick.cache
    aged(quick.cache / "probe.json", days)
    assert probe([of(url)], quick) == ()
    assert len(site.requests) == requests


def test_an_entry_of_another_corpus_is_kept(site: Site, quick: ProbeOptions) -> None:
    one, two = site.on("/1", Answer()), site.on("/2", Answer())
    for url in (one, two, one):
        probe([of(url)], quick)
    assert site.paths() == ["/1", "/2"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"http://x": 1}', b'{"http://x": {"titles": []}}', b"[" * 100_000, b"null"],
)
def test_a_cache_that_cannot_be_read_is_written_anew(content: bytes, site: Site, quick: ProbeOptions) -> None:
    assert quick.cache
    write(quick.cache, {"probe.json": content})
    url = site.on("/a", Answer())
    assert probe([of(url)], quick) == probe([of(url)], quick) == ()
    assert site.paths() == ["/a"]


def test_a_cache_that_cannot_be_written_costs_only_time(site: Site, quick: ProbeOptions, tmp_path: Path) -> None:
    write(tmp_path, {"file": ""})
    url = site.on("/a", Answer())
    for _ in range(2):
        assert probe([of(url)], replace(quick, cache=tmp_path / "file" / "folder")) == ()
    assert site.paths() == ["/a"] * 2


def test_the_cache_leaves_nothing_else_in_its_folder(site: Site, quick: ProbeOptions) -> None:
    probe([of(site.on("/a", Answer()))], quick)
    assert quick.cache
    assert [file.name for file in quick.cache.iterdir()] == ["probe.json"]


def test_the_cache_is_in_the_users_own_folder_by_default(
    site: Site, quick: ProbeOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    folder = platformdirs.user_cache_path("skb-mcp", appauthor=False)
    assert folder.is_relative_to(tmp_path)
    probe([of(site.on("/a", Answer()))], replace(quick, cache=None))
    assert (folder / "probe.json").exists()


# What is checked

SOURCE_KEYS = "source_type: medical_reference\noriginal_source_url: https://abc.example/shaving\n"


def places(path: Path) -> list[ProbeTarget]:
    with shipped(few_shipped()):
        return list(targets(path))


def test_the_publication_of_every_eligible_source_page_is_checked(tmp_path: Path) -> None:
    row = source_row("row", "A row", "https://row.example/")
    files: dict[str, str | bytes] = {
        "sources/b.md": page("Source", "b", "ABC — Shaving", keys=SOURCE_KEYS),
        "sources/a.md": page("Source", "a", "None", keys="source_type: other\n"),
        "sources/draft.md": page("Source", "draft", "Draft", keys=SOURCE_KEYS, eligible="false"),
        "sources/faulty.md": page("Source", "faulty", "Faulty", keys=SOURCE_KEYS, canonical="nowhere"),
        "concerns/c.md": page("Concern", "c", "Bumps", keys=rows("evidence_sources", row)),
    }
    expected = [ProbeTarget("sources/b.md", 9, "ABC — Shaving", "https://abc.example/shaving")]
    assert places(write(tmp_path, files)) == expected


def test_one_page_is_checked_alone(tmp_path: Path) -> None:
    write(tmp_path, {"b.md": page("Source", "b", "ABC — Shaving", keys=SOURCE_KEYS), "c.md": "no page"})
    assert places(tmp_path / "b.md") == [ProbeTarget("b.md", 9, "ABC — Shaving", "https://abc.example/shaving")]
    assert places(tmp_path / "c.md") == []


def test_where_there_is_nothing_there_is_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"^the corpus folder does not exist or cannot be read$"):
        places(tmp_path / "nowhere")
    assert probe([]) == ()


@pytest.mark.parametrize("package", ["httpx2", "platformdirs", "tqdm"])
def test_without_its_packages_it_says_how_to_get_them(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    for module in ("skb_mcp.probe", "skb_mcp.fetching"):
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(CorpusError, match=r"pip install 'skb-mcp\[probe\]'$"):
        import_module("skb_mcp.probe")


def test_the_server_starts_without_it() -> None:
    code = "import sys, skb_mcp.cli, skb_mcp.checks; print('skb_mcp.probe' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
