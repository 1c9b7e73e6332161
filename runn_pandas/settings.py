"""What an account is opened with, from arguments and the environment."""

from __future__ import annotations

import numbers
import os
import re
from typing import TYPE_CHECKING

import pandas as pd

from runn_pandas.errors import ConfigError

if TYPE_CHECKING:
    from runn_pandas.transport.urls import Token

REGIONS = {"eu": "https://api.runn.io", "us": "https://api.us.runn.io"}
TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off", "")


def token_of(given: Token | None, kind: str) -> Token:
    """Return the token that is given, whose type was `kind`, or the environment's."""
    from runn_pandas.transport.urls import Token  # it needs requests

    if given is None and kind != "NoneType":
        raise ConfigError(f"A token is a text, not {kind}.")
    token = given if given is not None else Token(os.environ.get("RUNN_API_TOKEN", ""))
    if not token.strip():
        raise ConfigError(
            "No API token: set RUNN_API_TOKEN (made in Runn under Settings > API), or call"
            ' rp.connect("demo") for the demo account, which needs none'
            " (on the command line: --demo)."
        )
    return token


def address(region: str | None, base_url: str | None) -> str:
    """Return the address of the API: one that is given, or that of a region."""
    if region is not None and base_url is not None:
        raise ConfigError("Give region or base_url, not both.")
    if base_url is None and region is None:
        base_url = os.environ.get("RUNN_API_URL") or None
    if base_url is not None:
        return base_url
    region = region or os.environ.get("RUNN_REGION") or "eu"
    if region.lower() not in REGIONS:
        raise ConfigError(f"There is no region {region!r}; Runn has 'eu' and 'us' (RUNN_REGION).")
    return REGIONS[region.lower()]


def flag(name: str) -> bool:
    """Whether a variable of the environment is on."""
    word = os.environ.get(name, "").strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ConfigError(f"{name} is {word!r}; it takes 1 or 0.")


def positive(name: str, value: float) -> float:
    """Return a number of seconds above 0."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not value > 0:
        raise ConfigError(f"{name} is {value!r}; it takes a number of seconds above 0.")
    return float(value)


def seconds(max_age: str | float | pd.Timedelta | None) -> float | None:
    """Return a duration in seconds; None stays None, and means any age."""
    if max_age is None:
        return None
    try:
        if isinstance(max_age, bool):
            raise TypeError
        if isinstance(max_age, numbers.Real):
            age = float(max_age)
        else:
            # pandas 3 wants capitals for days and weeks, as nobody else does.
            text = re.sub(r"(?<=\d)(\s*)([dw])\b", lambda m: m[1] + m[2].upper(), str(max_age))
            if re.fullmatch(r"[\d.\s]+", text):
                raise ValueError  # of what? pandas would say nanoseconds
            age = pd.Timedelta(text).total_seconds()
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"max_age is {max_age!r}; it takes a duration such as '15min' or '1d', 0, or None."
        ) from error
    if not age >= 0:
        raise ConfigError(f"max_age is {max_age!r}; a duration cannot be negative.")
    return age
