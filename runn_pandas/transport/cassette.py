"""Record exchanges into a file, and replay them: vcrpy's format, one file for a notebook."""

from __future__ import annotations

import os
import threading
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from runn_pandas.errors import ConfigError, OfflineError
from runn_pandas.extras import needed
from runn_pandas.transport.anonymise import Anonymiser, phrase

# All that is written of a request or an answer beside its body; everything else stays out.
KEPT_REQUEST_HEADERS = ("Accept-Version",)
KEPT_HEADERS = ("Content-Type",)
ANONYMISED = ", anonymised"
# Answers that say nothing about the account, only about this moment or this token.
PASSING = (401, 403, 429)
Key = tuple[str, str, tuple[tuple[str, str], ...]]


class Tape:
    """The exchanges of one cassette file.

    Parameters
    ----------
    path : Path
        The file, in vcrpy's YAML form.
    base_url : str
        The address that is written into a new file; an old one has its own.
    private : bool
        Whether the file is for its owner's eyes only.
    """

    def __init__(self, path: Path, base_url: str = "", *, private: bool = True) -> None:
        self.path = path
        self.base_url = base_url
        self._private = private
        self._answers: dict[Key, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def load(self) -> Tape:
        """Read the file.

        Raises
        ------
        ConfigError
            If it is not a cassette.
        """
        vcr = needs_vcr()
        try:
            text = self.path.read_text(encoding="utf-8")
            self._private = not text.partition("\n")[0].endswith(f"{ANONYMISED}.")
            loaded = vcr.serialize.deserialize(text, vcr.serializers.yamlserializer)
            for request, answer in zip(loaded[0], loaded[1], strict=True):
                # A list read again was read from its beginning, so the last reading is a whole.
                self._answers[key_of(request.method, request.uri)] = checked_answer(answer)
                self.base_url = self.base_url or _address(request.uri)
        except Exception as error:
            raise ConfigError(
                f"{self.path.name} cannot be read as a cassette ({type(error).__name__});"
                " delete it to record again."
            ) from error
        return self

    @property
    def anonymised(self) -> bool:
        """Whether what is personal was replaced when it was recorded."""
        return not self._private

    def find(self, method: str, url: str) -> dict[str, Any] | None:
        """Return the recorded answer to a request, whatever the host."""
        return self._answers.get(key_of(method, url))

    def add(self, request: PreparedRequest, response: Response, body: bytes) -> None:
        """Append an exchange to the file, at once, so that nothing is lost at the end."""
        vcr = needs_vcr()
        url = urlsplit(str(request.url))
        asked = vcr.request.Request(
            request.method,
            f"{self.base_url}{url.path}" + (f"?{url.query}" if url.query else ""),
            None,
            {name: request.headers[name] for name in KEPT_REQUEST_HEADERS},
        )
        answer = {
            "status": {"code": response.status_code, "message": response.reason},
            "headers": {n: [response.headers[n]] for n in KEPT_HEADERS if n in response.headers},
            "body": {"string": body},
        }
        text = vcr.serialize.serialize(
            {"requests": [asked], "responses": [dict(answer)]}, vcr.serializers.yamlserializer
        )
        entry = text.removeprefix("interactions:\n").removesuffix("version: 1\n")
        with self._lock:
            self._answers[key_of(str(request.method), str(request.url))] = answer
            if not self.path.exists():
                self._begin()
            with self.path.open("a", encoding="utf-8") as file:
                file.write(entry)

    def _begin(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o600 if self._private else 0o644
        with open(
            os.open(self.path, os.O_CREAT | os.O_WRONLY, mode), "w", encoding="utf-8"
        ) as file:
            how = "" if self._private else ANONYMISED
            file.write(f"# Recorded by runn_pandas from {self.base_url}{how}.\n")
            file.write("version: 1\ninteractions:\n")


def checked_answer(answer: Any) -> dict[str, Any]:
    """Return a recorded answer with all that a replay needs of it.

    Raises
    ------
    ValueError
        If it lacks something.
    """
    status, body = answer["status"]["code"], answer["body"]["string"]
    body = body.encode() if isinstance(body, str) else body
    if type(status) is not int or not 100 <= status <= 599 or not isinstance(body, bytes):
        raise ValueError
    headers = {str(name): [str(values[0])] for name, values in answer["headers"].items()}
    return {"status": {"code": status}, "headers": headers, "body": {"string": body}}


def key_of(method: str, url: str) -> Key:
    """Return what makes two requests the same: method, path and query, not the host."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    return method.upper(), parts.path, tuple(sorted(pairs))


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def needs_vcr() -> Any:
    """Return vcrpy, or say how to install it."""
    for module in ("vcr.request", "vcr.serialize", "vcr.serializers.yamlserializer"):
        needed(module, "A cassette")
    return needed("vcr", "A cassette")


class Recorder(BaseAdapter):
    """Sends through another adapter, and writes down what came back."""

    def __init__(
        self, inner: BaseAdapter, tape: Tape, token: str, anonymiser: Anonymiser | None = None
    ) -> None:
        super().__init__()
        self._inner, self._tape, self._anonymiser = inner, tape, anonymiser
        # The demo's token is a plain word, which its data have too.
        self._secret = b"" if token == "demo" else token.encode()  # noqa: S105

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send a request, and record its answer unless it is a passing one."""
        asked = request
        if self._anonymiser is not None:
            self._anonymiser.check(str(request.url))
            asked = request.copy()
            asked.url = self._anonymiser.asked(str(request.url))
        response = self._inner.send(asked, *args, **kwargs)
        if response.status_code >= 500 or response.status_code in PASSING:
            return response
        body = response.content
        if self._secret:
            body = body.replace(self._secret, b"REDACTED")
        if self._anonymiser is not None:
            path = urlsplit(str(request.url)).path
            body = self._anonymiser.body(body, path, response.status_code)
            # The words of a server may name something too.
            response.reason = phrase(response.status_code)
            response.headers["Content-Type"] = "application/json"
        self._tape.add(request, response, body)
        # Both runs give the same: what a replay will answer is what this one answers.
        return answered(request, response.status_code, dict(response.headers), body)

    def close(self) -> None:
        """Close the adapter that sends."""
        self._inner.close()


class Player(BaseAdapter):
    """Answers from a cassette, and never sends."""

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self._tape = tape

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Return the recorded answer.

        Raises
        ------
        OfflineError
            If this was not asked when the cassette was recorded.
        """
        found = self._tape.find(str(request.method), str(request.url))
        if found is None:
            path = urlsplit(str(request.url)).path
            raise OfflineError(
                f"The cassette {self._tape.path.name} has no answer to {request.method} {path} with"
                " these filters. Delete the file and run the notebook again with a token to"
                " record it."
            )
        headers = {name: values[0] for name, values in found["headers"].items()}
        return answered(request, found["status"]["code"], headers, found["body"]["string"])

    def close(self) -> None:
        """Close nothing: there is no connection."""


def answered(
    request: PreparedRequest, status: int, headers: dict[str, str], body: bytes
) -> Response:
    """Build an answer that did not come over the network just now."""
    kept = {name: value for name, value in headers.items() if name.lower() in ("content-type",)}
    raw = HTTPResponse(
        body=BytesIO(body), headers=HTTPHeaderDict(kept), status=status, preload_content=False
    )
    return HTTPAdapter().build_response(request, raw)
