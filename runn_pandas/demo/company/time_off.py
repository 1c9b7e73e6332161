"""Days off in the demo company: public holidays, leave and rostered-off days."""

from __future__ import annotations

from runn_pandas.demo.company import invented_names as names
from runn_pandas.demo.company.factory import Factory
from runn_pandas.demo.database import Row
from runn_pandas.demo.dates import END, START, TODAY, WEEKDAYS, days_of, iso, ordinal, weekday

_START, _TODAY, _END = START.toordinal(), TODAY.toordinal(), END.toordinal()

# The days of a contract, and the minutes that it rosters for each day of the week.
Spell = tuple[range, Row]


def make_holidays(factory: Factory) -> None:
    """Make holiday groups and their holidays."""
    for name, (code, country, region, holidays) in names.HOLIDAYS.items():
        ids: list[int] = []
        group: Row = {"id": factory.id("holiday-groups"), "name": name, "countryCode": code}
        group.update(countryName=country, regionName=region, holidayIds=ids)
        factory.add("holiday-groups", group)
        for day, title in sorted((day, title) for title, *days in holidays for day in days):
            row: Row = {"id": factory.id("holidays"), "name": title, "date": day}
            row.update(observed=names.OBSERVED.get(day), type="public" if country else "company")
            factory.add("holiday-groups/holidays", row)
            ids.append(row["id"])


def make_days_off(factory: Factory) -> None:
    """Make the days off of everybody."""
    company = factory.company
    factory.tables("time-offs/leave", "time-offs/holidays", "time-offs/rostered-off")
    for n, person in enumerate(company.rows("people")):
        contracts = company.where("contracts", "personId", person["id"])
        spells = [(days_of(row, _START, _END), row["rosteredDays"]) for row in contracts]
        spells = [spell for spell in spells if spell[0]]
        if not spells:
            continue
        if person["holidaysGroupId"]:
            _make_holidays_of(factory, person, spells)
        _make_leave(factory, person["id"], spells)
        for days, rostered in spells:
            _make_rostered_off(factory, person["id"], days, rostered)
        if n == 12:
            _make_free_fridays(factory, person["id"], spells)


def _make(
    factory: Factory, table: str, person: int, first: int, last: int, **fields: object
) -> None:
    """Make one time-off row."""
    planned = min(first - 5 - int(factory.random.random() * 40), _TODAY - 1)
    row: Row = {"id": factory.id("time-offs"), "personId": person}
    row.update(startDate=iso(first), endDate=iso(last), note=None)
    row.update(factory.stamps(planned, 0.15))
    factory.add(table, {**row, "minutesPerDay": None, **fields})


def _make_holidays_of(factory: Factory, person: Row, spells: list[Spell]) -> None:
    """Make a row for each holiday of the person's group that falls into a contract."""
    company, table = factory.company, "time-offs/holidays"
    for holiday_id in company.tables["holiday-groups"][person["holidaysGroupId"]]["holidayIds"]:
        holiday = company.tables["holiday-groups/holidays"][holiday_id]
        day = ordinal(holiday["observed"] or holiday["date"])
        if _covered(day, spells):
            note = holiday["name"] if holiday_id % 2 else None
            _make(factory, table, person["id"], day, day, note=note, holidayId=holiday_id)


def _make_leave(factory: Factory, person: int, spells: list[Spell]) -> None:
    """Make leave of all lengths, some of it planned; never two rows on one day."""
    chance = factory.random
    day = spells[0][0][0] + chance.randrange(10, 50)
    last = min(spells[-1][0][-1], _TODAY + 110)
    while day < last:
        if weekday(day) > 4:
            day += 7 - weekday(day)
        length, minutes = _length_of_leave(factory)
        until = day + length - 1
        until -= max(0, weekday(until) - 4)
        # A leave lies within one spell of contracts; its weekends may.
        if until >= day and _covered(day, spells) and _covered(until, spells):
            note = chance.choice(names.LEAVE_NOTES) if chance.random() < 0.45 else None
            fields = {"note": note, "minutesPerDay": minutes}
            _make(factory, "time-offs/leave", person, day, until, **fields)
        day = max(day, until) + chance.randrange(14, 64)


def _length_of_leave(factory: Factory) -> tuple[int, int | None]:
    """Return how many days a leave has, and the minutes a day of one that is partial."""
    chance = factory.random
    draw = chance.random()
    if draw < 0.35:
        return 1, None
    if draw < 0.55:
        return chance.choice((1, 1, 2)), chance.choice((120, 180, 240, 90))
    return chance.randrange(2, 6) if draw < 0.8 else chance.randrange(7, 19), None


def _covered(day: int, spells: list[Spell]) -> bool:
    return any(day in days for days, _ in spells)


def _make_rostered_off(factory: Factory, person: int, days: range, rostered: Row) -> None:
    """Make a row for each run of weekdays that a contract does not roster."""
    off = [n for n, name in enumerate(WEEKDAYS) if not rostered[name]]
    if not off:
        return
    for monday in range(days[0] - weekday(days[0]), days[-1] + 1, 7):
        start, end = max(monday + off[0], days[0]), min(monday + off[-1], days[-1])
        if start <= end:
            note = "Not a working day" if factory.maybe(0.1) else None
            _make(factory, "time-offs/rostered-off", person, start, end, note=note)


def _make_free_fridays(factory: Factory, person: int, spells: list[Spell]) -> None:
    """Make every other Friday a day off, which no contract can say: only these rows do."""
    for days, _ in spells:
        for day in days:
            if weekday(day) == 4 and day // 7 % 2:
                _make(factory, "time-offs/rostered-off", person, day, day)
