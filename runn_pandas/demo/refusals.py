"""Answers that are not a success: which status they have, and what they say."""

from __future__ import annotations

from typing import Any

from runn_pandas.catalog import Operation

PHRASES = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict", 413: "Payload Too Large", 415: "Unsupported Media Type",
    422: "Unprocessable Entity", 429: "Too Many Requests",
}  # fmt: skip


class Refusal(Exception):
    """An answer that is not a success: its status, what it says, and Fastify's own code."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """The error in the documented shape."""
        code = {"code": self.code} if self.code else {}
        return code | {
            "error": PHRASES[self.status],
            "message": self.message,
            "statusCode": self.status,
        }


def refused(operation: Operation, message: str) -> Refusal:
    """Return the refusal of what was sent, with a status that the operation can have."""
    only_missing = 404 in operation.statuses and 400 not in operation.statuses
    return Refusal(404 if only_missing else 400, message)
