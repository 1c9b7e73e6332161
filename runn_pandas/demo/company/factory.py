"""The factory of the company's rows: seeded chance, ids with gaps, timestamps."""

from __future__ import annotations

from random import Random

from runn_pandas.demo.database import Company, Key, Row
from runn_pandas.demo.dates import TODAY, iso

# First ids, far apart, so that an id of one table is hardly ever one of another's.
_FIRST = {
    "actuals": 20_000_003, "assignments": 9_400_011, "time-offs": 5_100_007, "contracts": 610_027,
    "people": 310_009, "projects": 480_013, "clients": 150_017, "project-members": 7_300_021,
    "project-rates": 2_600_033, "phases": 830_029, "milestones": 870_001,
    "other-expenses": 890_003, "roles": 11_003, "teams": 12_007, "skills": 13_009,
    "people-tags": 14_011, "project-tags": 15_013, "custom-fields": 16_001,
    "custom-field-options": 17_011, "holiday-groups": 18_013, "holidays": 19_001, "users": 21_011,
    "invitations": 22_003, "views": 23_011, "rate-cards": 24_001, "workstreams": 25_013,
    "people/notes": 260_003, "project-notes": 270_001, "person-requests": 280_009,
    "deleted": 40_000_003,
}  # fmt: skip


class Factory:
    """Makes the rows of a company's tables.

    Each part of the company has its own factory, so that one part can grow without changing
    another.
    """

    def __init__(self, company: Company, seed: int, part: str) -> None:
        self.company = company
        self.random = Random(f"{seed}/{part}")
        self._last: dict[str, int] = {}
        chance = self.random.random
        # Most stamps have milliseconds and some have none, as they do on the wire.
        self._clock = [
            f"T{7 + int(chance() * 11):02d}:{int(chance() * 60):02d}:{int(chance() * 60):02d}"
            + ("Z" if n % 13 == 5 else f".{int(chance() * 1000):03d}Z")
            for n in range(509)
        ]

    def id(self, sequence: str) -> int:
        """Return the next id of a table; ids rise, with gaps."""
        last = self._last.get(sequence, _FIRST[sequence])
        self._last[sequence] = last = last + 1 + int(self.random.random() * 4)
        return last

    def add(self, table: str, row: Row, key: Key | None = None) -> Row:
        """Store a row under its id, or under the key given, and return it."""
        self.company.tables.setdefault(table, {})[row["id"] if key is None else key] = row
        return row

    def tables(self, *names: str) -> None:
        """Make sure that tables exist even if nothing is ever written to them."""
        for name in names:
            self.company.tables.setdefault(name, {})

    def stamp(self, day: int) -> str:
        """Return a moment of a day, not after noon of today."""
        today = TODAY.toordinal()
        if day >= today:
            return iso(today) + "T06:30:00.000Z"
        return iso(day) + self._clock[int(self.random.random() * 509)]

    def stamps(self, day: int, changes: float = 0.3) -> dict[str, str]:
        """Return `createdAt` on a day (today at most) and `updatedAt`, by chance a later one."""
        created = updated = self.stamp(day)
        if self.random.random() < changes:
            updated = max(created, self.stamp(day + 1 + int(self.random.random() * 200)))
        return {"createdAt": created, "updatedAt": updated}

    def maybe(self, probability: float) -> bool:
        """Whether chance says so, as often as the probability."""
        return self.random.random() < probability

    def note(
        self, table: str, text: str, by: tuple[str | None, str | None], day: int, **owner: int
    ) -> None:
        """Make a note on a person or a project."""
        row: Row = {"id": self.id(table), "createdBy": by[0], "createdByEmail": by[1]}
        self.add(table, {**row, "note": text, **owner, **self.stamps(day)})
