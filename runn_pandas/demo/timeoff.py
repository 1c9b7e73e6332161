"""Days off in the demo company: public holidays, leave and rostered-off days."""

from __future__ import annotations

from runn_pandas.demo import names
from runn_pandas.demo.days import END, START, TODAY, WEEKDAYS, iso, ordinal, weekday
from runn_pandas.demo.pen import Pen
from runn_pandas.demo.tables import Row

_START, _TODAY, _END = START.toordinal(), TODAY.toordinal(), END.toordinal()


def groups(pen: Pen) -> None:
    """Holiday groups and their holidays."""
    for name, (code, country, region, holidays) in names.HOLIDAYS.items():
        ids: list[int] = []
        group: Row = {"id": pen.id("holiday-groups"), "name": name, "countryCode": code}
        group.update(countryName=country, regionName=region, holidayIds=ids)
        pen.add("holiday-groups", group)
        for title, day, observed in holidays:
            kind = "public" if country else "company"
            row: Row = {"id": pen.id("holidays"), "name": title, "date": day, "observed": observed}
            pen.add("holiday-groups/holidays", {**row, "type": kind})
            ids.append(row["id"])


def build(pen: Pen) -> None:
    """Write the days off of everybody."""
    company = pen.company
    pen.tables("time-offs/leave", "time-offs/holidays", "time-offs/rostered-off")
    for n, person in enumerate(company.rows("people")):
        contracts = company.where("contracts", "personId", person["id"])
        spans = [
            (max(ordinal(row["startDate"]), _START), min(_until(row), _END), row["rosteredDays"])
            for row in contracts
        ]
        spans = [span for span in spans if span[0] <= span[1]]
        if not spans:
            continue
        if person["holidaysGroupId"]:
            holidays(pen, person, spans)
        leave(pen, person["id"], spans)
        for first, last, rostered in spans:
            rostered_off(pen, person["id"], first, last, rostered)
        if n == 12:
            fortnight(pen, person["id"], spans)


Span = tuple[int, int, Row]


def _until(contract: Row) -> int:
    return ordinal(contract["endDate"]) if contract["endDate"] else _END


def add(pen: Pen, table: str, person: int, first: int, last: int, **fields: object) -> Row:
    """Write one time-off row."""
    planned = min(first - 5 - int(pen.random.random() * 40), _TODAY - 1)
    row: Row = {"id": pen.id("time-offs"), "personId": person}
    row.update(startDate=iso(first), endDate=iso(last), note=None)
    row.update(pen.stamps(planned, 0.15))
    return pen.add(table, {**row, "minutesPerDay": None, **fields})


def holidays(pen: Pen, person: Row, spans: list[Span]) -> None:
    """A row for each holiday of the person's group that falls into a contract."""
    group = pen.company.tables["holiday-groups"][person["holidaysGroupId"]]
    for holiday_id in group["holidayIds"]:
        holiday = pen.company.tables["holiday-groups/holidays"][holiday_id]
        day = ordinal(holiday["observed"] or holiday["date"])
        if any(first <= day <= last for first, last, _ in spans):
            note = holiday["name"] if holiday_id % 2 else None
            add(pen, "time-offs/holidays", person["id"], day, day, note=note, holidayId=holiday_id)


def leave(pen: Pen, person: int, spans: list[Span]) -> None:
    """Leave of all lengths, some of it planned; never two rows on one day."""
    chance = pen.random
    day = spans[0][0] + chance.randrange(10, 50)
    last = min(spans[-1][1], _TODAY + 110)
    while day < last:
        while weekday(day) > 4:
            day += 1
        draw = chance.random()
        minutes: int | None = None
        if draw < 0.35:
            length = 1
        elif draw < 0.55:
            length, minutes = chance.choice((1, 1, 2)), chance.choice((120, 180, 240, 90))
        elif draw < 0.8:
            length = chance.randrange(2, 6)
        else:
            length = chance.randrange(7, 19)
        until = day + length - 1
        while weekday(until) > 4:
            until -= 1
        # A leave lies within one spell of contracts; its weekends may.
        if until >= day and _covered(day, spans) and _covered(until, spans):
            note = chance.choice(names.LEAVE_NOTES) if chance.random() < 0.45 else None
            add(pen, "time-offs/leave", person, day, until, note=note, minutesPerDay=minutes)
        day = max(day, until) + chance.randrange(14, 64)


def _covered(day: int, spans: list[Span]) -> bool:
    return any(first <= day <= last for first, last, _ in spans)


def rostered_off(pen: Pen, person: int, first: int, last: int, rostered: Row) -> None:
    """A row for each run of weekdays that a contract does not roster."""
    off = [n for n, name in enumerate(WEEKDAYS) if not rostered[name]]
    if not off:
        return
    monday = first - weekday(first)
    while monday <= last:
        start, end = max(monday + off[0], first), min(monday + off[-1], last)
        if start <= end:
            note = "Not a working day" if pen.maybe(0.1) else None
            add(pen, "time-offs/rostered-off", person, start, end, note=note)
        monday += 7


def fortnight(pen: Pen, person: int, spans: list[Span]) -> None:
    """Every other Friday off, which no contract can say: only the rostered-off rows do."""
    for first, last, _ in spans:
        for day in range(first, last + 1):
            if weekday(day) == 4 and day // 7 % 2:
                add(pen, "time-offs/rostered-off", person, day, day)
