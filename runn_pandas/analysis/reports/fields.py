"""What reports are grouped by: fields of people, contracts, projects and of the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import MISSING, Floats, Ints, by_id, date_column, id_column
from runn_pandas.analysis.days import period_start
from runn_pandas.analysis.groups import PERIOD, Amounts, tagged, tags_of
from runn_pandas.analysis.inputs import Source
from runn_pandas.errors import FilterError, FrameError
from runn_pandas.frame.nested import expand

CUSTOM = "customFields."
# What Runn shows, and its API does not give.
NOT_GIVEN = {
    "budgetmethod": "how the budget of a project is made up",
    "utilizationtarget": "targets of utilization",
    "utilisationtarget": "targets of utilization",
    "target": "targets of utilization",
}
Pairs = tuple[Ints, Ints]


@dataclass(frozen=True)
class Field:
    """A field to group by: of whom (``key``), and who has which code.

    Without ``pairs`` the key itself is the code. With ``words`` a code is the number of a word,
    else an id. Who has several is in each of their groups.
    """

    column: str
    key: str
    pairs: Pairs | None = None
    words: list[str] | None = None

    def on(self, source: Source) -> Field:
        """Return the field for some people's tables, where a contract is another row."""
        if self.key != "contract" or self.words is None:
            return self
        texts = source.columns_of("contracts").series(self.column)
        return replace(self, pairs=_coded(np.arange(len(texts)), texts, self.words)[0])

    @cached_property
    def _sorted(self) -> tuple[Ints, Ints, bool]:
        """The owners, sorted, their codes, and whether nobody is there twice."""
        owners, codes = self.pairs or (np.empty(0, np.int64),) * 2
        order = np.argsort(owners, kind="stable")
        owners, codes = owners[order], codes[order]
        return owners, codes, bool((owners[1:] != owners[:-1]).all())

    def rows(self, own: Ints) -> tuple[Ints | None, Ints]:
        """Return the codes of some owners, and which row each is of, if not one a row."""
        if self.pairs is None:
            return None, own
        owners, codes, once = self._sorted
        return (None, by_id(owners, codes, own)) if once else tagged(own, (owners, codes))

    def shown(self, codes: Ints) -> Any:
        """Return codes as a column: ids, or words."""
        if self.words is None:
            return id_column(codes)
        known = np.array([*self.words, None], dtype=object)
        return pd.array(known[np.where(codes == MISSING, len(self.words), codes)], dtype="string")


def _ids_of(table: str, column: str) -> Callable[[Source], Pairs]:
    def pairs(source: Source) -> Pairs:
        columns = source.columns_of(table)
        columns.series(column)
        return columns.ids("id"), columns.ids(column, optional=True)

    return pairs


def _pairs_of_lists(table: str, column: str) -> Callable[[Source], Pairs]:
    """Return who has which of the ids in a list, each a number or an object with an id."""

    def pairs(source: Source) -> Pairs:
        columns = source.columns_of(table)
        each = pd.Series(columns.series(column).tolist(), dtype=object).explode().dropna()
        numbers = [item.get("id") if isinstance(item, dict) else item for item in each]
        try:
            found = np.array(numbers, np.int64)
        except (ValueError, TypeError) as error:
            raise FrameError(
                f"{table!r}: the column {column!r} holds something other than ids; give the table"
                " as it was read."
            ) from error
        return columns.ids("id")[each.index.to_numpy(np.int64)], found

    return pairs


def _skills(source: Source) -> Pairs:
    table = source.columns_of("people/skills")
    return table.ids("personId"), table.ids("skillId")


def _coded(owners: Ints, texts: Any, words: list[str] | None = None) -> tuple[Pairs, list[str]]:
    """Return who has which word, each word as a number; a list of words is several."""
    each = pd.Series(list(texts), dtype=object).explode().dropna()
    words = sorted({str(word) for word in each}) if words is None else words
    codes = {word: at for at, word in enumerate(words)}
    found = np.array([codes[str(word)] for word in each], np.int64)
    return (owners[each.index.to_numpy(np.int64)], found), words


def _words_of(table: str, column: str) -> Callable[[Source], tuple[Pairs, list[str]]]:
    def coded(source: Source) -> tuple[Pairs, list[str]]:
        columns = source.columns_of(table)
        return _coded(columns.ids("id"), columns.series(column))

    return coded


def _words_of_contracts(column: str) -> Callable[[Source], tuple[Pairs, list[str]]]:
    def coded(source: Source) -> tuple[Pairs, list[str]]:
        pieces = source.pieces("contracts", (column,))
        texts = [text for piece in pieces for text in piece.series(column).dropna().unique()]
        return _coded(np.arange(len(texts)), texts)

    return coded


def _flag_of(table: str, column: str, default: bool, no: str, yes: str) -> Callable[..., Any]:
    def coded(source: Source) -> tuple[Pairs, list[str]]:
        columns = source.columns_of(table)
        flags = columns.flags(column, default)
        return _coded(columns.ids("id"), np.where(flags, yes, no).tolist())

    return coded


def _person_types(source: Source) -> tuple[Pairs, list[str]]:
    placeholders = source.without_capacity()
    people = np.union1d(source.columns_of("people").ids("id"), placeholders)
    types = np.where(np.isin(people, placeholders), "placeholder", "person")
    return _coded(people, types.tolist())


def _custom(source: Source, table: str, owner: str, name: str) -> tuple[Pairs, list[str]]:
    frame = source.table(table)
    if name not in frame.columns:
        frame = expand(frame, "customFields")
    if name not in frame.columns:
        known = [column for column in frame.columns if str(column).startswith(CUSTOM)]
        raise FilterError(unknown("by", name, known))
    values = frame[name]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = values.dt.strftime("%Y-%m-%d")
    return _coded(source.columns_of(table).ids(owner), values.tolist())


# By the field's name: whose it is, and what makes its ids or its words.
OWN = {"person": "person", "role": "role", "projectRole": "projectRole", "project": "project"}
OWN |= {"phase": "phase", "workstream": "workstream"}
IDS: dict[str, tuple[str, Callable[[Source], Pairs]]] = {
    "team": ("person", _ids_of("people", "teamId")),
    "tag": ("person", tags_of),
    "skill": ("person", _skills),
    "manager": ("person", _pairs_of_lists("people", "managers")),
    "client": ("project", _ids_of("projects", "clientId")),
    "primaryTeam": ("project", _ids_of("projects", "teamId")),
    "projectTag": ("project", _pairs_of_lists("projects", "tags")),
    "projectManager": ("project", _pairs_of_lists("projects", "managerIds")),
}
WORDS: dict[str, tuple[str, Callable[[Source], tuple[Pairs, list[str]]]]] = {
    "employmentType": ("contract", _words_of_contracts("employmentType")),
    "jobTitle": ("contract", _words_of_contracts("jobTitle")),
    "personType": ("person", _person_types),
    "personState": ("person", _flag_of("people", "isArchived", False, "active", "archived")),
    "status": ("project", _flag_of("projects", "isConfirmed", True, "tentative", "confirmed")),
    "projectState": ("project", _flag_of("projects", "isArchived", False, "active", "archived")),
    "pricingModel": ("project", _words_of("projects", "pricingModel")),
}
# What a plain word means in a report; the words of the columns stay those that were asked for.
MEANT = {
    "people": {"state": "personState"},
    "projects": {"state": "projectState", "tag": "projectTag", "manager": "projectManager"},
}
CUSTOM_TABLES = {"people": ("people/custom-fields", "personId"), "projects": ("projects", "id")}


def _plain(word: str) -> str:
    return "".join(c for c in word.lower() if c.isalnum())


def names_of(kind: str, by: Any) -> list[str]:
    """Return the names of the fields that are asked for, in order; raise if one is unknown."""
    if by is None:
        return ["person" if kind == "people" else "project"]
    wanted = [by] if isinstance(by, str) else list(by)
    known = [*OWN, *IDS, *WORDS, *MEANT[kind]]
    spellings = {_plain(name): name for name in known}
    spellings |= {f"{spelling}s": name for spelling, name in spellings.items()}
    found = [_name_of(word, spellings) for word in wanted if word != "account"]
    if len(set(found)) < len(found):
        raise FilterError(f"by= names a field twice: {', '.join(found)}.")
    return found


def _name_of(word: Any, spellings: dict[str, str]) -> str:
    if isinstance(word, str) and word.startswith(CUSTOM):
        return word
    name = spellings.get(_plain(word)) if isinstance(word, str) else None
    if name is None:
        known = [*dict.fromkeys(spellings.values()), f"{CUSTOM}<name>", "account"]
        raise FilterError(unknown("by", word, known))
    return name


def field(source: Source, kind: str, name: str) -> Field:
    """Return a field that `names_of` knows."""
    if name.startswith(CUSTOM):
        pairs, words = _custom(source, *CUSTOM_TABLES[kind], name)
        return Field(name, "person" if kind == "people" else "project", pairs, words)
    meant = MEANT[kind].get(name, name)
    if meant in OWN:
        return Field(f"{meant}Id", OWN[meant])
    if meant in IDS:
        key, make = IDS[meant]
        return Field(f"{meant}Id", key, make(source))
    key, coded = WORDS[meant]
    return Field(name, key, *coded(source))


def fields_of(source: Source, kind: str, by: Any) -> list[Field]:
    """Return the fields that are asked for, in order."""
    return [field(source, kind, name) for name in names_of(kind, by)]


def keys_of(fields: list[Field]) -> list[str]:
    """Return what the period and the groups are called in sums."""
    return [PERIOD, *map(str, range(len(fields)))]


def summed(
    amounts: Amounts, fields: list[Field], freq: str | None, *, prefix: str = ""
) -> pd.DataFrame:
    """Return sums by period (0 without a freq) and group, in order; missing groups come last."""
    rows: Ints | None = None
    codes: list[Ints] = []
    for one in fields:
        own = amounts.ids.get(one.key)
        own = np.full(len(amounts.day), MISSING, np.int64) if own is None else own
        again, code = one.rows(own if rows is None else own[rows])
        if again is not None:
            codes = [column[again] for column in codes]
            rows = again if rows is None else rows[again]
        codes.append(code)
    take = slice(None) if rows is None else rows
    day = amounts.day[take]
    period = np.zeros(len(day), np.int64) if freq is None else period_start(day, freq)
    keys = keys_of(fields)
    values = {f"{prefix}{name}": of[take] for name, of in amounts.values.items()}
    return _sums(dict(zip(keys, [period, *codes], strict=True)), values)


def _sums(keys: dict[str, Ints], values: dict[str, Floats]) -> pd.DataFrame:
    """Return sums by keys, in their order; several times as fast as a groupby of whole numbers."""
    group = np.zeros(len(next(iter(keys.values()))), np.int64)
    for key in keys.values():
        codes, known = pd.factorize(key)
        if len(known) > 1:
            group = pd.factorize(group * len(known) + codes)[0]
    count = int(group.max()) + 1 if len(group) else 0
    some = np.zeros(count, np.int64)
    some[group] = np.arange(len(group))
    order = np.lexsort([key[some] for key in reversed(keys.values())])
    sums = {name: np.bincount(group, of, count)[order] for name, of in values.items()}
    return pd.DataFrame({name: key[some][order] for name, key in keys.items()} | sums, copy=False)


def added_up(parts: list[pd.DataFrame], keys: list[str], names: Sequence[str] = ()) -> pd.DataFrame:
    """Return sums by keys of several frames of sums; ``names`` are there if there are no frames."""
    empty = {key: np.empty(0, np.int64) for key in keys}
    none = pd.DataFrame(empty | dict.fromkeys(names, np.empty(0)))
    together = pd.concat(parts, ignore_index=True) if parts else none
    return together.fillna(0.0).groupby(keys, as_index=False, sort=True).sum()


def labelled(
    sums: pd.DataFrame, fields: list[Field], freq: str | None, period: str = PERIOD
) -> dict[str, Any]:
    """Return the first columns of a result: the period, if there is one, and the groups."""
    columns: dict[str, Any] = {}
    if freq is not None:
        columns[period] = date_column(sums[PERIOD].to_numpy(np.int64))
    for at, one in enumerate(fields):
        columns[one.column] = one.shown(sums[str(at)].to_numpy(np.int64))
    return columns


def unknown(option: str, word: Any, known: list[str]) -> str:
    """Return the words for what an option does not know, the nearest named first."""
    missing = NOT_GIVEN.get(_plain(str(word)).removesuffix("s"))
    if missing is not None:
        return f"{option}={word!r} cannot be given: Runn's API does not tell {missing}."
    folded = {_plain(name): name for name in known}
    near = get_close_matches(_plain(str(word)), folded, 2, 0.5)
    hint = f" Did you mean {' or '.join(repr(folded[n]) for n in near)}?" if near else ""
    return f"{option}={word!r} is not known.{hint} There are {', '.join(map(str, known))}."
