"""Record the cassettes that the recorded tests replay: ``python -m tests.recorded.record``.

Without an argument from a small demo company served on a real socket; with ``--account`` from
the account of RUNN_API_TOKEN (use a test account), with names, e-mails and money replaced.
"""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vcr

import runn_pandas as rp
from runn_pandas.demo.server import Demo, serve
from runn_pandas.errors import ResponseError
from runn_pandas.transport.anonymise import Anonymiser

FOLDER = Path(__file__).resolve().parents[2] / "cassettes"
HOST = "https://api.runn.io"
KEPT_HEADERS = ("content-type", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
PEOPLE = 6


def people() -> None:
    rp.read_runn("people", includePlaceholders=True)
    rp.read_runn("people/custom-fields")


def money() -> None:
    rp.read_many("contracts", "projects", "project-rates", "rate-cards")


def pages() -> None:
    """Three pages of a list."""
    rp.read_runn("reports/totals/projects", includeArchived=True)


def hours() -> None:
    rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-30")
    person = rp.read_runn("people")["id"].iloc[0]
    rp.read_runn(
        "reports/hours/people/{personId}",
        personId=person,
        startDate="2026-06-01",
        endDate="2026-06-30",
    )


def refusals() -> None:
    """What the server refuses: an unknown record, a page that is too long."""
    account = rp.current()
    for path, params in [("people/424242", None), ("people", {"limit": 1000})]:
        try:
            account.request("GET", path, params=params)
        except ResponseError:
            continue


SCENES: dict[str, Callable[[], None]] = {
    scene.__name__: scene for scene in (people, money, pages, hours, refusals)
}


def scrubbed(response: dict[str, Any], replace: Callable[[bytes], bytes]) -> dict[str, Any]:
    """What is kept of an answer: by a list of what may stay, not of what must go."""
    headers = {k: v for k, v in response["headers"].items() if k.lower() in KEPT_HEADERS}
    return {**response, "headers": headers, "body": {"string": replace(response["body"]["string"])}}


def record(url: str, token: str, *, anonymise: bool) -> None:
    """Record every scene."""
    hidden = Anonymiser(token.encode())
    asked: list[str] = []

    def request(sent: Any) -> Any:
        asked.append(sent.path)
        sent.headers = {k: v for k, v in sent.headers.items() if k.lower() == "accept-version"}
        sent.uri = sent.uri.replace(url, HOST)
        sent.uri = hidden.shown(sent.uri) if anonymise else sent.uri
        return sent

    def response(answer: dict[str, Any]) -> dict[str, Any]:
        return scrubbed(answer, lambda body: hidden.body(body, asked[-1]) if anonymise else body)

    recorder = vcr.VCR(
        before_record_request=request,
        before_record_response=response,
        decode_compressed_response=True,
        record_mode="all",
    )
    for name, scene in SCENES.items():
        path = FOLDER / f"{name}.yaml"
        path.unlink(missing_ok=True)
        account = rp.connect(token, base_url=url, max_age=0)
        account.workers = 1
        with recorder.use_cassette(str(path)):
            scene()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--account", action="store_true", help="record from RUNN_API_TOKEN's account"
    )
    if parser.parse_args().account:
        account = rp.connect()
        record(account.base_url, os.environ["RUNN_API_TOKEN"], anonymise=True)
        return
    server = serve(Demo(PEOPLE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    record(f"http://127.0.0.1:{server.server_port}", "demo", anonymise=False)
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
