"""Make the files of this folder from the demo account: ``python notebooks/data/make_data.py``.

They are the same on every machine, and a test compares them with what is stored. The errors in
them are those of real exports; each has its own function, named after it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import runn_pandas as rp

HERE = Path(__file__).parent
JUNE = {"minDate": "2026-06-01", "maxDate": "2026-06-30"}
WEEK = ("2026-06-15", "2026-06-21")
LISTS = ("people", "projects", "clients", "roles", "teams", "contracts", "phases", "workstreams")
MINUTES = ["billableMinutes", "nonbillableMinutes"]
TASKS = ["Delivery", "Meetings", "Review", "Research", "Support"]


# -- harvest-june-2026.csv


def harvest() -> pd.DataFrame:
    """Make the time entries of June as a timesheet tool has them, errors and all."""
    entries = as_entries(june())
    entries = not_handed_in(entries)
    entries = handed_in_late(entries)
    entries = moved_to_another_project(entries)
    entries = corrected_afterwards(entries)
    entries = flagged_not_billable(entries)
    entries = called_otherwise(entries)
    entries = pd.concat([entries, of_a_stranger()], ignore_index=True)
    entries = entries.sort_values(["Date", "Last Name", "Project"], kind="stable")
    entries.insert(0, "ID", [2_310_400_000 + 7 * number for number in range(len(entries))])
    entries = entered_twice(entries)
    entries = written_as_text(entries)
    return exported_twice(entries)


def june() -> pd.DataFrame:
    """Read June's actuals with what a timesheet tool knows of people and projects."""
    people = rp.read_runn("people").set_index("id")
    projects = rp.read_runn("projects", expand=["references"]).set_index("id")
    actuals = rp.read_runn("actuals", **JUNE)
    # Anders writes his hours into Runn himself.
    actuals = actuals[actuals["personId"] != 310108]
    actuals["First Name"] = actuals["personId"].map(people["firstName"])
    actuals["Last Name"] = actuals["personId"].map(people["lastName"])
    actuals["Email"] = actuals["personId"].map(people["email"])
    actuals["Project"] = actuals["projectId"].map(projects["name"])
    actuals["Project ID"] = actuals["projectId"].map(projects["references.Harvest"])
    return actuals


def as_entries(actuals: pd.DataFrame) -> pd.DataFrame:
    """Divide every other actual into entries, in hours with two decimals."""
    rows = []
    for number, actual in enumerate(actuals.to_dict("records")):
        for part, flag in zip(MINUTES, ("Yes", "No"), strict=True):
            minutes = int(actual[part])
            # A third of four hours is 1.33, which is where the minutes get lost.
            pieces = 3 if minutes >= 240 and number % 3 == 0 else 1
            pieces = 2 if minutes == 150 else pieces
            for piece in range(pieces if minutes else 0):
                rows.append(
                    {
                        "Date": f"{actual['date']:%Y-%m-%d}",
                        "Project": actual["Project"],
                        "Project ID": actual["Project ID"],
                        "Task": TASKS[(number + piece) % len(TASKS)],
                        "Hours": round(minutes / pieces / 60, 2),
                        "Billable?": flag,
                        "First Name": actual["First Name"],
                        "Last Name": actual["Last Name"],
                        "Email": actual["Email"],
                    }
                )
    return pd.DataFrame(rows)


def of(entries: pd.DataFrame, last_name: str, first: str, last: str) -> pd.Series:
    """Tell which entries are a person's, from one day to another."""
    return (entries["Last Name"] == last_name) & entries["Date"].between(first, last)


def not_handed_in(entries: pd.DataFrame) -> pd.DataFrame:
    """Leave out Sami's last three days."""
    return entries[~of(entries, "Murphy", "2026-06-24", "2026-06-30")]


def handed_in_late(entries: pd.DataFrame) -> pd.DataFrame:
    """Add the last day of the month, which three people logged after the last sync."""
    days = []
    for last_name, hours in (("Meyer", 7.5), ("Dubois", 6.25), ("Kumar", 8.0)):
        latest = entries[entries["Last Name"] == last_name].iloc[-1:]
        days.append(latest.assign(Date="2026-06-30", Hours=hours))
    return pd.concat([entries, *days], ignore_index=True)


def moved_to_another_project(entries: pd.DataFrame) -> pd.DataFrame:
    """Move three days of Þóra's to another project."""
    rows = of(entries, "Kowalczyk", "2026-06-15", "2026-06-17")
    entries.loc[rows, ["Project", "Project ID"]] = ["Dune campaign 2", "40121452"]
    return entries


def corrected_afterwards(entries: pd.DataFrame) -> pd.DataFrame:
    """Change hours of Viktor's that Runn has from before."""
    rows = entries.index[of(entries, "Reyes", "2026-06-08", "2026-06-19")][:5]
    entries.loc[rows, "Hours"] += [0.5, -0.25, 1.0, 0.75, -0.5]
    return entries


def flagged_not_billable(entries: pd.DataFrame) -> pd.DataFrame:
    """Turn the flag of some of Noor's billable hours."""
    rows = of(entries, "Hoang", "2026-06-10", "2026-06-12") & (entries["Billable?"] == "Yes")
    entries.loc[rows, "Billable?"] = "No"
    return entries


def called_otherwise(entries: pd.DataFrame) -> pd.DataFrame:
    """Spell people and projects as the other tool does."""
    addresses = {
        "Haddad": "Hana.Haddad@Example.com ",
        "Becker": "freya.beker@example.com",
        "Papadaki": "gustavo.papadaki@example.com",
        "Vance": "oskar.vance@example.com",
        "Almeida": "elif.kaya@example.com",
    }
    for last_name, address in addresses.items():
        entries.loc[entries["Last Name"] == last_name, "Email"] = address
    entries["Last Name"] = entries["Last Name"].replace({"Almeida": "Kaya"})
    projects = {
        "Heath warehouse forecast": "Heath Warehouse Forecasting",
        "Ember onboarding 2": "Ember onboarding",
    }
    entries["Project"] = entries["Project"].replace(projects)
    return entries


def of_a_stranger() -> pd.DataFrame:
    """Give the entries of a freelancer whom Runn does not know."""
    days = ["2026-06-22", "2026-06-23", "2026-06-25"]
    return pd.DataFrame(
        {
            "Date": days,
            "Project": "Heath data platform",
            "Project ID": "40293750",
            "Task": "Delivery",
            "Hours": [6.0, 7.5, 4.0],
            "Billable?": "Yes",
            "First Name": "Mira",
            "Last Name": "Silva",
            "Email": "mira@studio-norte.example",
        }
    )


def entered_twice(entries: pd.DataFrame) -> pd.DataFrame:
    """Give two of Hana's entries a twin with an id of its own."""
    twins = entries[of(entries, "Haddad", "2026-06-09", "2026-06-11")].iloc[:2].copy()
    twins["ID"] += 3
    return pd.concat([entries, twins]).sort_values(["Date", "ID"], kind="stable")


def written_as_text(entries: pd.DataFrame) -> pd.DataFrame:
    """Write the hours of two people as they typed them into a spreadsheet."""
    hours = entries["Hours"].map("{:g}".format)
    clock = entries["Last Name"] == "Flores"
    minutes = (entries["Hours"] * 60).round().astype(int)
    clocked = (minutes // 60).astype(str) + ":" + (minutes % 60).map("{:02d}".format)
    comma = entries["Last Name"] == "Castro"
    entries["Hours"] = hours.mask(clock, clocked).mask(comma, hours.str.replace(".", ","))
    return entries


def exported_twice(entries: pd.DataFrame) -> pd.DataFrame:
    """Join the exports of the two halves of June, both of which have the 15th."""
    first, second = entries["Date"] <= "2026-06-15", entries["Date"] >= "2026-06-15"
    return pd.concat([entries[first], entries[second]], ignore_index=True)


# -- hr-people.csv and hr-leave.csv


def hr_people() -> pd.DataFrame:
    """Make the list of people as the HR tool has it."""
    people = rp.read_runn("people").set_index("id")
    people["number"] = [f"E{number:04d}" for number in range(len(people))]
    people["job"] = jobs()
    teams = rp.read_runn("teams").set_index("id")["name"]
    fields = rp.read_runn("people/custom-fields", expand=["customFields"]).set_index("personId")
    people = people[~people["isArchived"]]
    staff = pd.DataFrame(
        {
            "Employee number": people["number"],
            "First name": people["firstName"],
            "Last name": people["lastName"],
            "E-mail": people["email"],
            "Job": people["job"],
            "Department": people["teamId"].map(teams),
            "Cost centre": fields["customFields.Cost centre"].reindex(people.index),
            "Office": fields["customFields.Office"].reindex(people.index),
            "Start date": "",
        }
    ).reset_index(drop=True)
    staff = known_better(staff.fillna("").astype(object))
    return pd.concat([staff, joiners()], ignore_index=True)


def jobs() -> pd.Series:
    """Give each person's role in the contract of the last day of June."""
    roles = rp.read_runn("roles").set_index("id")["name"]
    contracts = rp.read_runn("contracts")
    now = contracts["endDate"].isna() | (contracts["endDate"] >= "2026-06-30")
    now &= contracts["startDate"] <= "2026-06-30"
    return contracts[now].set_index("personId")["roleId"].map(roles)


def known_better(staff: pd.DataFrame) -> pd.DataFrame:
    """Put in what HR knows and Runn does not, and how HR writes it."""
    changes = {
        ("Weiß", "E-mail"): "ruth.weiss@example.com",
        ("Castro", "E-mail"): "lucja.castro@example.com",
        ("Papadaki", "E-mail"): "gustavo.papadaki@example.com",
        ("Vance", "E-mail"): "oskar.vance@example.com",
        ("Haddad", "E-mail"): "Hana.Haddad@Example.com ",
        ("Kumar", "E-mail"): "ARJUN.KUMAR@example.com",
        ("Chen", "Department"): "Insight",
        ("Murphy", "Department"): "engineering ",
        ("Obi", "Department"): "GROWTH",
        ("Fuchs", "Job"): "Senior Designer",
        ("Adler", "Office"): "Berlin",
        ("Kumar", "Office"): "Wellington",
        ("García", "Office"): "Remote",
        ("Meyer", "Office"): "Lisbon",
    }
    for (last_name, column), value in changes.items():
        staff.loc[staff["Last name"] == last_name, column] = value
    staff["Last name"] = staff["Last name"].replace({"Flores": "Flores-Berg"})
    missing = staff["Cost centre"] == ""
    centres = {"Studio": "CC-100", "Engineering": "CC-110", "Insight": "CC-120"}
    known = staff["Department"].map(centres)
    staff["Cost centre"] = staff["Cost centre"].mask(missing, known.fillna(""))
    return staff


def joiners() -> pd.DataFrame:
    """Give those who begin after the summer."""
    return pd.DataFrame(
        {
            "Employee number": ["E0040", "E0041"],
            "First name": ["Nia", "Tomás"],
            "Last name": ["Owusu", "Ferreira"],
            "E-mail": ["nia.owusu@example.com", "tomas.ferreira@example.com"],
            "Job": ["Designer", "Sr. Developer"],
            "Department": ["Studio", "Engineering"],
            "Cost centre": ["CC-100", "CC-110"],
            "Office": ["Berlin", "Remote"],
            "Start date": ["2026-08-03", "2026-09-01"],
        }
    )


def hr_leave() -> pd.DataFrame:
    """Make the approved leave of the coming months."""
    return pd.DataFrame(
        [
            ["E0001", "2026-09-07", "2026-09-11", "", "Holiday"],
            ["E0002", "2026-10-05", "2026-10-05", "4", "Medical appointment"],
            ["E0013", "2026-11-02", "2027-02-26", "", "Parental leave"],
            ["E0023", "2026-09-21", "2026-10-02", "", "Holiday"],
            ["E0040", "2026-08-24", "2026-08-28", "", "Holiday"],
        ],
        columns=["Employee number", "From", "To", "Hours a day", "Reason"],
    )


# -- class.yaml


def cassette(path: Path) -> None:
    """Record what the class exercise reads."""
    path.unlink(missing_ok=True)
    with rp.cassette(path):
        for resource in LISTS:
            rp.read_runn(resource)
        rp.read_runn("actuals", minDate=WEEK[0], maxDate=WEEK[1])
        rp.read_runn("assignments", startDate=WEEK[0], endDate=WEEK[1])
        rp.read_runn("time-offs/leave", startDate=WEEK[0], endDate=WEEK[1])
    path.chmod(0o644)  # an invented company is nobody's secret


def main(folder: Path = HERE) -> None:
    """Write all files into a folder."""
    with rp.use(rp.connect("demo")):
        for name, make in (
            ("harvest-june-2026.csv", harvest),
            ("hr-people.csv", hr_people),
            ("hr-leave.csv", hr_leave),
        ):
            make().to_csv(folder / name, index=False, encoding="utf-8", lineterminator="\n")
        cassette(folder / "class.yaml")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
