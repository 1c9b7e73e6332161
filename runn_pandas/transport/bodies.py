"""The body of an answer, read within a bounded time."""

from __future__ import annotations

import time

import requests
from urllib3.response import HTTPResponse

from runn_pandas.transport.answers import content_type
from runn_pandas.transport.failures import CutShort, TooSlow


def read_body(response: requests.Response, deadline: float) -> None:
    """Read the body in pieces as they come, until the deadline on `time.monotonic`."""
    raw = response.raw
    if isinstance(raw, HTTPResponse) and hasattr(raw, "read1") and not raw.closed:
        _read_pieces(response, raw, deadline)
    body = response.content  # a recording has nothing to wait for
    # Without a length, and inside gzip, a cut looks like an end.
    ends = {b"{": b"}", b"[": b"]"}.get(body[:1])
    if ends is not None and "json" in content_type(response) and not body.rstrip().endswith(ends):
        raise CutShort("the answer ends in the middle")


def _read_pieces(response: requests.Response, raw: HTTPResponse, deadline: float) -> None:
    pieces = []
    try:
        while piece := raw.read1(65536, decode_content=True):
            pieces.append(piece)
            if time.monotonic() > deadline:
                raise TooSlow("too slow")
    except BaseException:
        response.close()
        raise
    raw.release_conn()
    response._content = b"".join(pieces)
    response._content_consumed = True  # type: ignore[attr-defined]


def done(response: requests.Response) -> requests.Response:
    """Give the answer to a deletion whose earlier copy was carried out."""
    fine = requests.Response()
    fine.status_code, fine.reason = 204, "No Content"
    fine.url, fine.request = response.url, response.request
    fine._content = b""
    return fine
