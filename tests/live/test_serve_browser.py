"""A web page that subscribes with EventSource, in a real browser."""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support import processes, wait_until
from support.serve import Server
from support.tcp_proxy import TcpProxy

# Tells its own server of all that happens.
PAGE = """<!doctype html><title>orders</title><script>
const tell = (what) => fetch("/told", {method: "POST", body: JSON.stringify(what)});
const source = new EventSource("SOURCE");
source.onopen = () => tell({open: true});
source.onerror = () => tell({error: source.readyState});
source.onmessage = (event) => tell({id: event.lastEventId, number: JSON.parse(event.data).o._id});
</script>"""


class Page:
    """A web server of one page, which subscribes to `source`; `told` is what the page has said."""

    def __init__(self) -> None:
        self.source = ""
        self.told: list[dict] = []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def numbers(self) -> list[int]:
        return [one["number"] for one in self.told if "number" in one]

    def wait(self, condition, what: str) -> None:
        wait_until(condition, lambda: f"{what}; the page said {self.told[-20:]}", timeout=45)

    def _handler(page) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(PAGE.replace("SOURCE", page.source).encode())

            def do_POST(self) -> None:
                page.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.answer(b"")

            def answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    yield page
    page.close()


@pytest.fixture
def open_in_browser(tmp_path: Path) -> Iterator:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("there is no chromium on this machine")
    started = []

    def open_page(url: str) -> None:
        log = (tmp_path / "chromium.log").open("wb")
        started.append(processes.spawn(
            [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             f"--user-data-dir={tmp_path / 'profile'}", url], stdout=log, stderr=log, start_new_session=True))

    yield open_page
    for process in started:
        processes.end(process, grace=5)


def test_an_event_source_that_is_cut_off_resumes_with_nothing_lost_and_nothing_twice(mongotail, rs, db, page,
                                                                                      open_in_browser):
    db.create_collection("orders")
    with Server(mongotail, rs.uri, "--allow-origin", page.origin) as server, TcpProxy(server.port) as proxy:
        page.source = f"http://{proxy.address}/tail?ns={db.name}.orders&op=i"
        open_in_browser(page.origin)
        page.wait(lambda: {"open": True} in page.told, "the page to have subscribed")
        db.orders.insert_many([{"_id": i} for i in range(5)])
        page.wait(lambda: len(page.numbers()) >= 5, "5 events")
        for first in (5, 15):
            proxy.refuse()
            assert proxy.cut() >= 1
            db.orders.insert_many([{"_id": first + i} for i in range(5)])
            opened = page.told.count({"open": True})
            proxy.pass_on()
            page.wait(lambda: page.told.count({"open": True}) > opened, "it to be back")
            db.orders.insert_many([{"_id": first + 5 + i} for i in range(5)])
            page.wait(lambda: len(page.numbers()) >= first + 10, f"{first + 10} events")
    # Each report of the page is a request of its own: their order is not the events'.
    assert sorted(page.numbers()) == list(range(25))


def test_a_page_of_another_origin_gets_nothing(mongotail, rs, db, page, open_in_browser):
    with Server(mongotail, rs.uri) as server:
        page.source = f"http://127.0.0.1:{server.port}/tail?ns={db.name}.orders&since=1h"
        open_in_browser(page.origin)
        # 2 is closed: a refusal is final.
        page.wait(lambda: {"error": 2} in page.told, "the page to have been refused")
    assert {"open": True} not in page.told and page.numbers() == []
