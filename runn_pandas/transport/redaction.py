"""The token taken out of foreign texts, however it is written in them."""

from __future__ import annotations

import re
from base64 import b64encode


def without_token(text: str, token: str) -> str:
    """Return a text with ``<token>`` in place of the token, as it is, escaped or in base64."""
    for pattern in (_escaped(token), *_in_base64(token)):
        text = re.sub(pattern, "<token>", text)
    return text


def _escaped(token: str) -> str:
    # In any case, each letter as it is or as in JSON, a URL or HTML, once or several times. The
    # repeats are bounded, as a long text of backslashes would otherwise take hours.
    cases = ({letter, letter.lower(), letter.upper()} for letter in token)
    letters = (sorted(one for one in case if len(one) == 1) for case in cases)
    return "(?i:" + "".join(f"(?:{'|'.join(map(_ways, case))})" for case in letters) + ")"


def _ways(letter: str) -> str:
    number = ord(letter)
    utf8 = "".join(rf"%(?:25){{0,3}}{byte:02x}" for byte in letter.encode())
    return (
        rf"\\{{0,7}}{re.escape(letter)}|\\{{1,7}}u{number:04x}|\\{{1,7}}x{number:02x}"
        rf"|{utf8}|%(?:25){{0,3}}{number:02x}|&#0{{0,5}}{number};|&#x0{{0,5}}{number:x};"
    )


def _in_base64(token: str) -> list[str]:
    # It begins at one of three places in a group of letters; those count that are all its own.
    raw = token.encode()
    found = []
    for shift, first in ((0, 0), (1, 2), (2, 3)):
        packed = b64encode(b" " * shift + raw).decode()
        own = packed[first : (shift + len(raw)) * 8 // 6]
        if len(own) > 4:
            core = "".join({"+": "[+-]", "/": r"(?:\\?/|_)"}.get(one, one) for one in own)
            found.append(rf"{core}[A-Za-z0-9+/_=-]*")
    return found
