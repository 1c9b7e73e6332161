"""The journal on disk: what a push is about to send, before it is sent, and what came back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import asdict, replace
from datetime import UTC, datetime
from hashlib import blake2b
from types import MappingProxyType, NoneType
from typing import Any, NamedTuple

from runn_pandas.catalog.writes import Writable, find_writable
from runn_pandas.errors import ConfigError, PlanError
from runn_pandas.push.journal_file import JournalFile, packed, unpacked
from runn_pandas.push.journal_place import journal_path as journal_path
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.model import SHOWN, Attempt, Intent, Key, Outcome, Request, RowPlan, done
from runn_pandas.push.past import PastRow, Push

KEPT = 200  # pushes that are over
REMEMBERED = 366  # days for which it is known what was made
BLOCK = 500  # rows that are packed together
# What comes of cells that are not as they were written.
DAMAGES = (AttributeError, LookupError, TypeError, ValueError)
# Of the journal before rows were known by their content, whose pushes are not continued.
BEFORE = "select 1 from sqlite_master where type = 'table' and name = 'push'"
OF_PLAN = "select id from pushes where plan = ? or plan like ? || '/%'"


class Made(NamedTuple):
    """What was made of a new row, whole or in part: its ids, by which push, on which day.

    The place is the row's position, if it was made by another part of the same plan.
    """

    ids: Key
    push: int
    day: int
    place: int | None = None
    whole: bool = True


class Journal(JournalFile):
    """One account's journal."""

    # -- read

    def unfinished(self, resource: str) -> list[Push]:
        """Return the pushes to a resource that did not end, the newest first.

        Raises
        ------
        PlanError
            If one of them stands in the journal of an earlier version, which is not continued.
        """
        if not self.path.exists():
            return []
        if self._run(BEFORE).fetchone():
            old = self._run(
                "select id, labels from push where resource = ? and ended is null", (resource,)
            ).fetchone()
            if old:
                raise PlanError(
                    f"Nothing was sent to {resource!r}: push {old[0]} was interrupted under an"
                    " earlier version of runn_pandas, whose journal this one cannot continue."
                    f"{self._begun_earlier(*old)} Look in Runn at what it wrote; then"
                    f" rp.journal(close={old[0]}) ends it."
                )
        return self._pushes(
            lambda push: push.ended is None and (push.resource == resource or bool(push.damaged))
        )

    def _begun_earlier(self, push: int, labels: str) -> str:
        """Say which rows a push of an earlier version began, as far as its tables tell."""
        sent = "select positions from entry where push = ? and state <> 'unsent' order by id"
        noted = "select position, own from outcome where push = ?"
        try:
            attempts = [json.loads(cell) for (cell,) in self._run(sent, (push,))]
            ids = {at: json.loads(own or "null") for at, own in self._run(noted, (push,))}
            names, begun = json.loads(labels), dict.fromkeys(at for own in attempts for at in own)
            rows = [f"{names[at]!r}" + (f" (id {ids[at]})" if ids.get(at) else "") for at in begun]
        except (ConfigError, LookupError, TypeError, ValueError):
            return ""
        more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
        return f" It began row {', '.join(rows[:SHOWN])}{more}." if rows else ""

    def numbered(self, push: int) -> Push | None:
        """Return the push of a number, or None if there is none."""
        return next(iter(self._pushes(lambda one: one.id == push)), None)

    def unsettled(self, resource: str) -> list[Push]:
        """Return the ended pushes to a resource with rows that failed or are in doubt."""
        if not self.path.exists():
            return []
        # A long outcome is packed, and looked at by who asks.
        cells = self._run(
            "select distinct push from rows where typeof(outcome) = 'blob'"
            """ or outcome like '["failed"%' or outcome like '["unknown"%'"""
        )
        found = {push for (push,) in cells}
        return self._pushes(
            lambda push: push.id in found and push.resource == resource and push.ended is not None
        )

    def changes_of(self, resource: str, ids: Collection[Any]) -> list[PastRow]:
        """Return the changes of some records that pushes were to make, the newest first."""
        pushes = self._pushes(lambda push: push.resource == resource)
        rows = [row for push in pushes for row in push.rows.values()]
        return [one for one in rows if one.row_plan.action == "update" and one.row_plan.id in ids]

    def of_plan(self, plan: str) -> list[Push]:
        """Return the pushes that carried out a plan or parts of it, in order."""
        return self._pushes(lambda push: push.plan.partition("/")[0] == plan)[::-1]

    def all(self) -> list[Push]:
        """Return every push, the newest first."""
        return self._pushes(lambda push: True)

    def related(self, numbers: Collection[int]) -> list[Push]:
        """Return pushes with those before and after them that continue each other, and undos."""
        chain = _chain(self._heads(), numbers)
        return self._pushes(lambda push: push.id in chain or bool(chain & push.takes_back.keys()))[
            ::-1
        ]

    def _pushes(self, wanted: Callable[[Push], bool]) -> list[Push]:
        return [self._filled(push) for push in self._heads() if wanted(push)]

    def _heads(self) -> list[Push]:
        """Return every push without its rows and attempts, the newest first."""
        if not self.path.exists():
            return []
        found = self._run(
            "select id, plan, resource, began, ended, mark, next, undoes from pushes"
            " order by id desc"
        ).fetchall()
        return [_checked(Push(*row)) for row in found]

    def _filled(self, push: Push) -> Push:
        """Return a push with its rows and attempts.

        Raises
        ------
        PlanError
            If it did not end, and cannot be read; one that ended is without rows then.
        """
        read = push if push.damaged else self._read(push)
        if read.damaged and push.ended is None:
            raise PlanError(
                f"Nothing was sent: push {push.id} to {push.resource!r} stands damaged in the"
                f" journal {self.path} ({read.damaged:.80}), so what it wrote is not known. Look"
                f" in Runn; then rp.journal(close={push.id}) ends it."
            )
        return read

    def _read(self, push: Push) -> Push:
        try:
            attempts = self._attempts(push.id)
            rows = self._rows(push.id, attempts)
            if not rows.keys() >= {position for one in attempts for position in one.positions}:
                raise ValueError("a row is missing")
        except DAMAGES as error:
            return replace(push, damaged=repr(error))
        return replace(push, rows=rows, attempts=attempts)

    def _rows(self, push: int, attempts: Iterable[Attempt]) -> dict[int, PastRow]:
        mine: dict[int, list[Attempt]] = {}
        for attempt in attempts:
            for position in attempt.positions if attempt.state != "unsent" else ():
                mine.setdefault(position, []).append(attempt)
        rows, block = {}, dict[int, tuple[Any, str, RowPlan]]()
        for position, asked, outcome in self._run(
            "select position, asked, outcome from rows where push = ? order by position", (push,)
        ):
            block |= _block(asked)
            rows[position] = PastRow(
                *block.pop(position), _outcome(outcome), tuple(mine.get(position, ()))
            )
        return rows

    def _attempts(self, push: int) -> tuple[Attempt, ...]:
        found = []
        for own, request, state, answer, error in self._run(
            "select id, request, state, answer, error from attempts where push = ? order by id",
            (push,),
        ):
            positions, at, many, sent = unpacked(request)
            told = (state, unpacked(answer), error)
            found.append(Attempt(own, tuple(positions), at, Request.from_json(sent), many, *told))
        return tuple(found)

    def wrote_since(self, moment: float) -> bool:
        """Whether any push to this account, in any program here, was under way since."""
        if not self.path.exists():
            return False
        row = self._run(
            "select 1 from pushes where began > ? or ended > ? or id in"
            " (select push from attempts where sent > ?) limit 1",
            (moment, moment, moment),
        ).fetchone()
        return row is not None

    # -- write

    def begin(
        self,
        plan: str,
        intent: Intent,
        row_plans: Sequence[RowPlan],
        *,
        mark: int | None = None,
        undoes: Mapping[int, Mapping[int, Outcome]] = MappingProxyType({}),
        takes_back: Mapping[int, Mapping[int, int]] = MappingProxyType({}),
        continues: Mapping[int, Mapping[int, Outcome]] = MappingProxyType({}),
    ) -> int:
        """Write down a push before its first request; return its number.

        Parameters
        ----------
        plan, intent, row_plans
            The plan's token, what is pushed, and what is done with its rows.
        mark
            The highest id before its first new record.
        undoes, continues
            The pushes that it takes back, and those that end in it, with what became of rows
            of which nothing is noted.
        takes_back
            By push which of its rows each row takes back.
        """
        with self._at_once():
            push = self._added(
                "insert into pushes (id, plan, resource, began, mark, undoes)"
                " values (?, ?, ?, ?, ?, ?)",
                self._next(),
                plan,
                intent.writable.name,
                time.time(),
                mark,
                json.dumps({number: dict(takes_back.get(number, {})) for number in undoes}),
            )
            for start in range(0, len(row_plans), BLOCK):
                self._note_block(push, intent, row_plans[start : start + BLOCK])
            for past, outcomes in undoes.items():
                # What is taken back is known from now on, if this is interrupted too.
                self.settle(past, outcomes)
            for past, outcomes in continues.items():
                self.settle(past, outcomes)
                self.end(past, outcomes.keys())
                self._continued(past, push)
        self._run(
            "delete from pushes where ended is not null and id not in"
            " (select id from pushes order by id desc limit ?)",
            (KEPT,),
        )
        self._run("delete from made where day < ?", (_today() - REMEMBERED,))
        return push

    def _note_block(self, push: int, intent: Intent, row_plans: Sequence[RowPlan]) -> None:
        """Write rows down: their content with the first of them, packed as a whole."""
        block = []
        for row_plan in row_plans:
            at = row_plan.position
            label = intent.labels[at]
            label = label if isinstance(label, (int, str)) else str(label)
            content = intent.content(at) if at in intent.rows else ""
            block.append([label, content, asdict(row_plan)])
        asked = packed({"rows": block})
        for row_plan in row_plans:
            self._run("insert into rows values (?, ?, ?, null)", (push, row_plan.position, asked))
            asked = ""

    def _continued(self, past: int, push: int) -> None:
        """Write down that the rows of a push of which nothing is noted go on in another."""
        self._run("update pushes set next = ? where id = ?", (push, past))
        said = Outcome("unknown", (), f"Continued in push {push}.")
        found = self.numbered(past)
        begun = {} if found is None else found.begun
        self.settle(past, {p: said for p, row in begun.items() if row.outcome is None})

    def _next(self) -> int:
        """Return the number of the next push: none that was ever given."""
        ids = self._run("select max(id) from pushes").fetchone()
        if self._run(BEFORE).fetchone():
            ids += self._run("select max(id) from push").fetchone()
        return 1 + max(own or 0 for own in ids)

    def over(self, push: int, outcomes: Mapping[int, Outcome]) -> None:
        """End a push, with what became of the rows of which nothing else is known."""
        self.settle(push, outcomes)
        self.end(push)

    def end(self, push: int, positions: Set[int] | None = None) -> None:
        """End a push; what its rows, or some of them, made is remembered from now on."""
        with self._at_once():
            for read in (self._read(head) for head in self._heads() if head.id == push):
                if read.damaged or not _is_remembered(read.writable):
                    continue
                if not read.takes_back:
                    self._remember(read, read.rows.keys() if positions is None else positions)
                self._carry_over(read)
            self._run("update pushes set ended = ? where id = ?", (time.time(), push))

    def _remember(self, push: Push, positions: Set[int]) -> None:
        salt = self._salt()
        for position in positions & push.rows.keys():
            row = push.rows[position]
            if row.made:
                half = row.outcome is not None and row.outcome.status == "failed"
                ids = _stored((*row.made, None) if half else row.made)
                digest = _digest(push.resource, row.row_plan, salt)
                self._run(
                    "insert or replace into made values (?, ?, ?, ?, ?, ?)",
                    (digest, push.id, position, push.resource, ids, _today()),
                )

    def _carry_over(self, push: Push) -> None:
        """Remember under their new ids the records that a push made anew."""
        anew = _remade(push) | self._restored(push)
        made = "select id, digest, push, position from made where resource = ?"
        for own, *at in self._run(made, (push.resource,)).fetchall() if anew else ():
            ids = _ids(own)
            if anew.keys() & {*ids}:
                now = dict.fromkeys(one for old in ids for one in anew.get(old, (old,)))
                change = "update made set id = ? where digest = ? and push = ? and position = ?"
                self._run(change, (_stored((*now,)), *at))

    def _restored(self, push: Push) -> dict[Any, Key]:
        """Return by the id of each record that an undo made anew the ids that it has now."""
        found: dict[Any, Key] = {}
        for head in self._heads() if push.takes_back else ():
            back = push.takes_back.get(head.id, {})
            past = self._read(head).rows if back else {}
            for own in back.keys() & push.rows.keys():
                if back[own] in past and push.rows[own].made:
                    replaced = past[back[own]].replaced
                    found |= dict.fromkeys(replaced, push.rows[own].made)
        return found

    def _salt(self) -> bytes:
        """Return what keeps a digest from telling its content to who guesses it."""
        self._run("insert or ignore into facts values ('salt', randomblob(16))")
        salt: bytes = self._run("select value from facts where name = 'salt'").fetchone()[0]
        return salt

    def made_before(
        self, writable: Writable, row_plans: Iterable[RowPlan], family: str = ""
    ) -> dict[int, list[Made]]:
        """Return by position what pushes that ended made of new rows with the same content.

        Rows with the same content have the same list. What the plan whose token is `family` made
        has its place.
        """
        if not (_is_remembered(writable) and self.path.exists()):
            return {}
        if self._run("select 1 from made limit 1").fetchone() is None:
            return {}
        salt, found = self._salt(), dict[int, list[Made]]()
        by_content: dict[bytes, list[Made]] = {}
        mine = {push for (push,) in self._run(OF_PLAN, (family, family))}
        for row_plan in row_plans:
            digest = _digest(writable.name, row_plan, salt)
            if digest not in by_content:
                made = self._made(digest, mine)
                # Each time entry adds, and has the id of the day's sum.
                one_each = list({one.ids: one for one in made}.values())
                by_content[digest] = made if kind_of(writable).adds_to else one_each
            if by_content[digest]:
                found[row_plan.position] = by_content[digest]
        return found

    def _made(self, digest: bytes, mine: Collection[int]) -> list[Made]:
        """Return what was made of rows with a digest; `mine` are the pushes of the same plan."""
        found = []
        for own, push, day, at in self._run(
            "select id, push, day, position from made where digest = ? order by push, position",
            (digest,),
        ):
            ids = _ids(own)
            there = tuple(one for one in ids if one is not None)
            found.append(Made(there, push, day, at if push in mine else None, None not in ids))
        return found

    def end_earlier(self, push: int) -> None:
        """End a push of an earlier version; raises `PlanError` if there is none."""
        open_ = "select 1 from push where id = ? and ended is null"
        if not (self._run(BEFORE).fetchone() and self._run(open_, (push,)).fetchone()):
            raise PlanError(f"There is no push {push!r} that has not ended; see rp.journal().")
        self._run("update push set ended = ? where id = ?", (time.time(), push))

    def clear(self, push: int | None = None) -> None:
        """Forget what an ended push sent and what came back, or all that ended.

        Raises
        ------
        PlanError
            If the push did not end, or one that did not end goes back to it.
        """
        heads = {one.id: one for one in self._heads()}
        needed = _needed(list(heads.values()))
        if push is not None and push not in heads:
            raise PlanError(f"There is no push {push!r} in the journal; see rp.journal().")
        if push in needed:
            first = push if heads[push].ended is None else self.open_pushes[-1]
            raise PlanError(
                f"Push {push} is not cleared: push {first} did not end, and what it wrote would be"
                f" lost. Push its frame again, or rp.journal(close={first}) ends it."
            )
        with self._at_once():
            for one in heads.keys() - needed if push is None else {push}:
                self._run("delete from rows where push = ?", (one,))
                self._run("delete from attempts where push = ?", (one,))
        # Removed rows are in the file until it is written anew.
        self._run("vacuum")
        self._run("pragma wal_checkpoint(truncate)")

    def sent(
        self, push: int, positions: Sequence[int], at: int, request: Request, many: str = ""
    ) -> Attempt:
        """Write down a request that is about to go out."""
        sent = packed([list(positions), at, many, asdict(request)])
        own = self._added(
            "insert into attempts (push, sent, request) values (?, ?, ?)", push, time.time(), sent
        )
        return Attempt(own, tuple(positions), at, request, many)

    def answered(
        self, attempt: Attempt, state: str, answer: Any = None, error: str = ""
    ) -> Attempt:
        """Write down what came of it, and return it with that."""
        self._run(
            "update attempts set state = ?, answer = ?, error = ? where id = ?",
            (state, packed(answer), error, attempt.id),
        )
        return replace(attempt, state=state, answer=answer, error=error)

    def outcome(self, push: int, position: int, outcome: Outcome) -> None:
        """Write down what became of a row."""
        told = packed([outcome.status, outcome.ids, outcome.error, outcome.attempts])
        self._run(
            "update rows set outcome = ? where push = ? and position = ?", (told, push, position)
        )

    def settle(self, push: int, outcomes: Mapping[int, Outcome]) -> None:
        """Write down what the account tells of rows, where nothing better is known."""
        found = self.numbered(push) if outcomes else None
        rows = {} if found is None else found.rows
        for position in outcomes.keys() & rows.keys():
            if not done(rows[position].outcome):
                self.outcome(push, position, outcomes[position])


def _chain(heads: Sequence[Push], numbers: Collection[int]) -> set[int]:
    """Return pushes with those before and after them that continue each other."""
    chain = set(numbers)
    while True:
        links = [{push.id, push.next} for push in heads if push.next is not None]
        more = {n for link in links if link & chain for n in link if n is not None} - chain
        if not more:
            return chain
        chain |= more


def _needed(heads: Sequence[Push]) -> set[int]:
    """Return the pushes without which one that did not end could not be continued."""
    open_ = [one for one in heads if one.ended is None]
    return _chain(heads, {number for one in open_ for number in (one.id, *one.takes_back)})


def _checked(push: Push) -> Push:
    """Return a push without its rows, with what is wrong with it."""
    try:
        find_writable(push.resource)
        linked = all(isinstance(one, (int, NoneType)) for one in (push.mark, push.next))
        if not (linked and isinstance(push.began, float)) or (push.next or push.id + 1) <= push.id:
            raise ValueError("its numbers")
        if any(push.id <= one for one in push.takes_back):
            raise ValueError("what it takes back")
    except DAMAGES as error:
        return replace(push, undone="{}", mark=None, next=None, damaged=repr(error))
    return push


def _block(asked: str | bytes) -> dict[int, tuple[Any, str, RowPlan]]:
    """Return label, content and plan of the rows that stand in a cell, by position."""
    content = unpacked(asked) if asked else {"rows": []}
    # Before rows were packed together, each stood by itself.
    rows = content["rows"] if isinstance(content, dict) else [content]
    return {plan["position"]: (label, said, RowPlan.from_json(plan)) for label, said, plan in rows}


def _outcome(stored: str | None) -> Outcome | None:
    if stored is None:
        return None
    status, ids, error, attempts = unpacked(stored)
    hash((status, *ids, error, attempts + 1))  # raises what is raised by what is damaged
    return Outcome(status, tuple(ids), error, attempts)


def _is_remembered(writable: Writable) -> bool:
    """Whether nothing but the journal knows that a new row was made: it has no key but its id."""
    kind = kind_of(writable)
    by_id = writable.has_id and not kind.natural_key
    return (by_id or bool(kind.adds_to)) and writable.source is not None


def _digest(resource: str, row_plan: RowPlan, salt: bytes) -> bytes:
    """Return the digest of what a new row is to be, which does not tell what that is."""
    content = json.dumps([resource, sorted(row_plan.new.items())], sort_keys=True)
    return blake2b(content.encode(), key=salt, digest_size=10).digest()


def _ids(stored: Any) -> Key:
    """Return the ids of a row: several, if its record was split; None, if something lacks."""
    try:
        found = json.loads(stored) if isinstance(stored, str) else stored
    except ValueError:
        found = stored
    return tuple(found) if isinstance(found, list) else (found,)


def _remade(push: Push) -> dict[Any, Key]:
    """Return by the id of each record that a change made anew the ids that it has now."""
    rows = push.rows.values() if kind_of(push.writable).remade else ()
    return {
        row.row_plan.id: row.outcome.ids
        for row in rows
        if row.row_plan.action == "update" and done(row.outcome)
    }


def _stored(ids: Key) -> Any:
    """Return the cell of ids, which `_ids` reads."""
    return ids[0] if len(ids) == 1 else json.dumps(ids)


def _today() -> int:
    return datetime.now(UTC).toordinal()
