"""Which export a file is, told by its heads, and which of its columns holds what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from runn_pandas.analysis.timesheets.presets import (
    DURATIONS,
    FIELDS,
    PERSON,
    PRESETS,
    SPAN,
    Heads,
    Preset,
)
from runn_pandas.errors import FilterError, FrameError

# What a timesheet has at least, whatever tool it is from.
NEEDED = {
    "date": ("date",),
    "duration": (*DURATIONS, SPAN, "date+end_date"),
    "person": PERSON,
}


@dataclass(frozen=True)
class Layout:
    """What was recognised: the export, its language, and the file's column of each field."""

    source: str
    language: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Fit:
    """How well heads fit a preset: the columns that are there, the heads that are not."""

    preset: Preset
    heads: Heads
    columns: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def has_duration(self) -> bool:
        return any(field in self.columns for field in DURATIONS)

    @property
    def layout(self) -> Layout:
        return Layout(self.preset.name, self.heads.language, self.columns)


def recognise(
    heads: Sequence[str], source: str | None = None, columns: Mapping[str, str] | None = None
) -> Layout:
    """Return which export has these heads; `columns` come before those of the preset.

    Raise if none has, or more than one, with what is missing from the nearest.
    """
    given = _given(heads, columns)
    if source is None and not _lacking(NEEDED.values(), given):
        return Layout("given", "", given)
    presets = PRESETS.values() if source is None else [_preset(source)]
    fits = [fit for preset in presets for fit in _fits(preset, heads, given)]
    whole = _whole(fits)
    if not whole:
        raise FrameError(_unknown(heads, fits, source, given))
    return _single(whole).layout


def _whole(fits: Sequence[_Fit]) -> list[_Fit]:
    """Return those that lack nothing; one with a written duration comes before the others."""
    whole = [fit for fit in fits if not fit.missing]
    # Without its duration an export of Toggl's has the heads of Clockify's.
    return [fit for fit in whole if fit.has_duration] or whole


def _single(fits: Sequence[_Fit]) -> _Fit:
    """Return the language that fits best of the one export that fits."""
    names = list(dict.fromkeys(fit.preset.name for fit in fits))
    if len(names) > 1:
        raise FrameError(
            f"The heads are those of {' and of '.join(names)}: say which, source={names[0]!r}."
        )
    return max(fits, key=lambda fit: len(fit.columns))


def _preset(source: str) -> Preset:
    if source in PRESETS:
        return PRESETS[source]
    near = get_close_matches(source, PRESETS, 1, 0.5)
    raise FilterError(
        f"There is no source {source!r}{f'; did you mean {near[0]!r}?' if near else '.'}"
        f" Known are {', '.join(PRESETS)}; for any other export say columns="
        "{'date': ..., 'hours': ..., 'person': ..., 'project': ...}."
    )


def is_export(heads: Sequence[str]) -> bool:
    """Whether heads are those of a known export."""
    fits = (fit for preset in PRESETS.values() for fit in _fits(preset, heads, {}))
    return any(not fit.missing for fit in fits)


def _given(heads: Sequence[str], columns: Mapping[str, str] | None) -> dict[str, str]:
    """Return the columns that the user names, each of which has to be there."""
    found = {}
    for name, head in (columns or {}).items():
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, 1, 0.5)
            raise FilterError(
                f"columns has {name!r}{f'; did you mean {near[0]!r}?' if near else '.'} It takes"
                f" {', '.join(FIELDS)}."
            )
        own = _in(heads, (head,))
        if own is None:
            near = get_close_matches(head, heads, 1, 0.5)
            raise FrameError(
                f"There is no column {head!r}{f'; did you mean {near[0]!r}?' if near else '.'} The"
                f" heads are {', '.join(heads)}."
            )
        found[name] = own
    return found


def _fits(preset: Preset, heads: Sequence[str], given: Mapping[str, str]) -> Iterator[_Fit]:
    for language in preset.heads:
        there = {name: _in(heads, known) for name, known in language.columns.items()}
        columns = {name: own for name, own in there.items() if own is not None} | dict(given)
        lacking = _lacking(preset.needs, columns)
        known = ([f for f in group if f in language.columns] for group in lacking)
        missing = tuple(language.columns[fields[0]][0] for fields in known)
        yield _Fit(preset, language, columns, missing)


def _lacking(needs: Iterable[Sequence[str]], columns: Mapping[str, str]) -> list[Sequence[str]]:
    """Return the groups of fields of which there is none."""
    return [
        group
        for group in needs
        if not any(columns.keys() >= set(fields.split("+")) for fields in group)
    ]


def _in(heads: Sequence[str], known: Sequence[str]) -> str | None:
    """Return the first of the known heads that is there, as it is written there."""
    folded = {_fold(head): head for head in reversed(heads)}
    return next((folded[_fold(head)] for head in known if _fold(head) in folded), None)


def _fold(head: str) -> str:
    return " ".join(head.removeprefix("\ufeff").split()).casefold()


def _unknown(
    heads: Sequence[str], fits: Sequence[_Fit], source: str | None, given: Mapping[str, str]
) -> str:
    """Return which export the heads are nearest to, and what is missing from it."""
    nearest = max(fits, key=lambda fit: len(fit.columns) - 2 * len(fit.missing))
    language = f" ({nearest.heads.language})" if len(nearest.preset.heads) > 1 else ""
    lacking = ", ".join(map(repr, nearest.missing))
    shown = ", ".join(heads[:12]) + (", ..." if len(heads) > 12 else "")
    known = f"of no export that is known ({', '.join(PRESETS)})"
    return (
        f"The heads are {f'not those of {source!r}' if source else known}. Nearest is"
        f" {nearest.preset.export}{language}, without {lacking}. {_to_say(given)}, or export the"
        f" detailed report with all columns. The heads are {shown}."
    )


def _to_say(given: Mapping[str, str]) -> str:
    """Return what `columns` has to say, or which of it is not yet said."""
    lacking = {what: group for what, group in NEEDED.items() if _lacking([group], given)}
    if not given or not lacking:
        return (
            "Say which column is what,"
            " columns={'date': ..., 'hours': ..., 'person': ..., 'project': ...}"
        )
    parts = (
        f"the {what} ({', '.join(group).replace('+', ' and ')})" for what, group in lacking.items()
    )
    return f"columns= lacks {' and '.join(parts)}: name it"
