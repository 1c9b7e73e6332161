"""The words that options of the analyses take, for type checkers and for `choice` alike."""

from __future__ import annotations

from typing import Literal, get_args

Freq = Literal["D", "W", "W-MON", "MS", "QS", "YS"]
HoursKind = Literal["effective", "scheduled", "actual"]
UtilizationGroup = Literal["person", "team", "role", "tag", "account"]
Charges = Literal["runn", "all", "none"]
Unpriced = Literal["zero", "na"]
Unit = Literal["hours", "minutes", "days", "fte"]
OnlyRunn = Literal["keep", "zero"]
OnUnmatched = Literal["warn", "raise", "ignore"]

FREQUENCIES: tuple[Freq, ...] = get_args(Freq)
KINDS: tuple[HoursKind, ...] = get_args(HoursKind)
GROUPS: tuple[UtilizationGroup, ...] = get_args(UtilizationGroup)
CHARGES: tuple[Charges, ...] = get_args(Charges)
UNPRICED: tuple[Unpriced, ...] = get_args(Unpriced)
UNITS: tuple[Unit, ...] = get_args(Unit)
ONLY_RUNN: tuple[OnlyRunn, ...] = get_args(OnlyRunn)
ON_UNMATCHED: tuple[OnUnmatched, ...] = get_args(OnUnmatched)
