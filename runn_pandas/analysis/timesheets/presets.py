"""The exports that are known: what their columns are called, and where that was seen.

Only what was seen is here: in the tool's own documentation or source, or in public files of its
exports. What was not seen is not claimed; docs/timesheets.md says which tools that are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# What a column of an export can hold, and the column of the frame that it is read into.
FIELDS = {
    "date": "date", "start": "date", "end_date": "date", "end": "date", "duration": "duration",
    "hours": "duration", "minutes": "duration", "seconds": "duration",
    "billable_hours": "duration", "nonbillable_hours": "duration", "billable_minutes": "duration",
    "nonbillable_minutes": "duration", "email": "email", "person": "person",
    "first_name": "person", "last_name": "person", "client": "client", "project": "project",
    "project_code": "projectCode", "project_id": "projectId", "role_id": "roleId", "task": "task",
    "note": "note", "billable": "billable", "entry_id": "entryId",
}  # fmt: skip
PERSON = ("email", "person", "first_name")
DURATIONS = tuple(field for field, column in FIELDS.items() if column == "duration")
SPAN = "start+end"
ISO, AS_SET = "YYYY-MM-DD", "as set in the tool"
DOCUMENTED, CODE, FILES = "documentation", "source of the tool", "public files"


@dataclass(frozen=True)
class Heads:
    """The heads of an export in one language: for each field those that it may have.

    ``source`` is where they were seen, ``evidence`` what that is.
    """

    language: str
    source: str
    evidence: str
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Preset:
    """An export of a tool; a file without one of each group of ``needs`` is not this export.

    Of a group, fields with a plus between them count together.
    """

    name: str
    export: str
    durations: str
    dates: str
    needs: tuple[tuple[str, ...], ...]
    heads: tuple[Heads, ...]


def _heads(language: str, source: str, evidence: str = DOCUMENTED, /, **columns: str) -> Heads:
    """Return heads whose alternatives are written with a bar between them."""
    split = {field: tuple(written.split("|")) for field, written in columns.items()}
    return Heads(language, source, evidence, split)


def _kimai(language: str, *heads: str) -> Heads:
    """Return Kimai's heads, in the order of its columns."""
    fields = "date start end duration person email client project task note billable entry_id"
    file = {"nb": "nb_NO"}.get(language, language)
    address = f"https://github.com/kimai/kimai/blob/main/translations/messages.{file}.xlf"
    columns = dict(zip(fields.split(), ",".join(heads).split(","), strict=True))
    return _heads(language, address, CODE, **columns)


HARVEST = Preset(
    "harvest",
    "Harvest, detailed time report",
    "decimal hours",
    AS_SET,
    (("date",), ("hours",), ("first_name",), ("last_name",), ("project",), ("task",)),
    (
        _heads(
            "en",
            "https://support.getharvest.com/hc/en-us/articles/360048687171"
            "-Detailed-time-and-detailed-expense-reports",
            date="Date", hours="Hours",
            first_name="First Name", last_name="Last Name", client="Client", project="Project",
            project_code="Project Code", task="Task", note="Notes", billable="Billable?",
        ),
    ),
)  # fmt: skip
TOGGL = Preset(
    "toggl",
    "Toggl Track, detailed report",
    "h:mm:ss",
    ISO,
    (("date",), ("start",), ("duration",), ("email", "person"), ("project",)),
    (
        _heads(
            "en",
            "https://support.toggl.com/import-and-export/csv-import/editing-and-uploading-a-csv-file",
            date="Start date", start="Start time", end_date="End date|Stop date",
            end="End time|Stop time", duration="Duration", email="Email", person="User",
            client="Client", project="Project", task="Task", note="Description",
            billable="Billable",
        ),
    ),
)  # fmt: skip
CLOCKIFY = Preset(
    "clockify",
    "Clockify, detailed report",
    "h:mm:ss, else decimal hours",
    AS_SET,
    (("date",), ("duration", "hours", SPAN), ("email", "person"), ("project",)),
    (
        _heads(
            "en", "https://clockify.me/help/reports/exporting-reports", date="Start Date",
            start="Start Time", end_date="End Date", end="End Time", duration="Duration (h)",
            hours="Duration (decimal)", email="Email", person="User", client="Client",
            project="Project", task="Task", note="Description", billable="Billable",
        ),
        _heads(
            "de", "https://clockify.me/help/de/reports/exporting-reports", date="Startdatum",
            start="Startzeit", end_date="Enddatum", end="Endzeit", duration="Dauer (h)",
            hours="Dauer (dezimal)|Dauer (Dezimalzahl)", email="Email|E-Mail", person="Benutzer",
            client="Kunde", project="Projekt", task="Aufgabe", note="Beschreibung",
            billable="Abrechenbar",
        ),
        _heads(
            "es", "https://clockify.me/help/es/reports/detailed-report", date="Fecha de inicio",
            start="Hora de inicio", end_date="Fecha de finalización", end="Hora de finalización",
            duration="Duración (h)", hours="Duración (decimal)", email="Correo electrónico",
            person="Usuario", client="Cliente", project="Proyecto", task="Tarea",
            note="Descripción", billable="Facturable",
        ),
        _heads(
            "fr", "https://clockify.me/help/fr/reports/detailed-report", date="Date de début",
            start="Heure de début", end_date="Date de fin", end="Heure de fin",
            hours="Durée (décimal)", email="Email|E-mail", person="Utilisateur", client="Client",
            project="Projet", task="Tâche", note="Description", billable="Facturable",
        ),
    ),
)  # fmt: skip
TEMPO = Preset(
    "tempo",
    "Jira with Tempo Timesheets, worklogs",
    "decimal hours",
    ISO,
    (("date",), ("hours",), ("person",), ("task",)),
    (
        _heads(
            "en",
            "https://github.com/mmarekpohl/timesheet/blob/master/src/test/resources/in/in.csv",
            FILES, date="Work date", hours="Hours", person="Full name", project="Project Name",
            project_code="Project Key", task="Issue Key", note="Work Description",
        ),
        _heads(
            "ru", "https://github.com/Arsenii020194/tempo-reports", FILES, date="Дата работы",
            hours="Часов", person="Полное имя", project="Имя проекта",
            project_code="Ключ проекта", task="Ключ запроса", note="Описание работы",
        ),
    ),
)  # fmt: skip
KIMAI = Preset(
    "kimai",
    "Kimai, CSV export",
    "h:mm, h:mm:ss or decimal hours",
    ISO,
    (("date",), ("duration", SPAN), ("email", "person"), ("client",), ("project",), ("task",)),
    (
        _kimai(
            "en",
            "Date,From,To,Duration,Name|User,E-mail,Customer,Project,Activity",
            "Description,Billable,ID",
        ),
        _kimai(
            "de",
            "Datum,Von,Bis,Dauer,Name|Benutzer,E-Mail,Kunde,Projekt,Tätigkeit",
            "Beschreibung,Abrechenbar,ID",
        ),
        _kimai(
            "fr",
            "Date,De,À,Durée,Nom|Nom d'utilisateur,Courriel,Client,Projet,Activité",
            "Description,Facturable,Identifiant",
        ),
        _kimai(
            "es",
            "Fecha,De,Para,Duración,Nombre|Usuario,Correo electrónico,Cliente",
            "Proyecto,Actividad,Descripción,Facturable,Id.",
        ),
        _kimai(
            "it",
            "Data,Da,A,Durata,Nome|Utente,E-mail,Cliente,Progetto,Attività",
            "Descrizione,Fatturabile,ID",
        ),
        _kimai(
            "nl",
            "Datum,Van,Tot,Duur,Naam|Gebruikersnaam,E-mail,Klant,Project,Activiteit",
            "Beschrijving,Factureerbaar,ID",
        ),
        _kimai(
            "pt",
            "Data,De,Para,Duração,Nome|Nome do utilizador,Email,Cliente,Projeto",
            "Atividade,Descrição,Faturável,ID",
        ),
        _kimai(
            "pt_BR",
            "Data,De,Para,Duração,Nome|Nome do usuário,E-mail,Cliente,Projeto",
            "Atividade,Descrição,Faturável,ID",
        ),
        _kimai(
            "da",
            "Dato,Fra,Til,Varighed,Navn|Bruger,E-mail,Kunde,Projekt,Aktivitet",
            "Beskrivelse,Fakturérbar,ID",
        ),
        _kimai(
            "sv",
            "Datum,Från,till,Längd,Namn|Användare,E-post,Kund,Projekt,Aktivitet",
            "Beskrivning,Debiterbar,ID",
        ),
        _kimai(
            "nb",
            "Dato,Fra,Til,Varighet,Navn|Bruker,E-post,Kunde,Prosjekt,Aktivitet",
            "Beskrivelse,Fakturerbar,ID",
        ),
    ),
)
RUNN = Preset(
    "runn",
    "Runn, CSV of timesheets for its import",
    "minutes",
    ISO,
    (("date",), ("billable_minutes",), ("nonbillable_minutes",), ("email",), ("project_id",)),
    (
        _heads(
            "en", "https://help.runn.io/en/articles/4577789-importing-time-data-via-csv",
            date="Date", billable_minutes="Billable Minutes",
            nonbillable_minutes="Non-billable Minutes", email="Email", project_id="Project ID",
            role_id="Role ID",
        ),
    ),
)  # fmt: skip
PRESETS = {one.name: one for one in (CLOCKIFY, HARVEST, KIMAI, RUNN, TEMPO, TOGGL)}


def markdown() -> str:
    """Return the presets as the tables of docs/timesheets.md."""
    return "\n\n".join("\n".join(_table(preset)) for preset in PRESETS.values())


def _table(preset: Preset) -> Iterator[str]:
    languages = [heads.language for heads in preset.heads]
    yield f"### `{preset.name}`: {preset.export}"
    yield ""
    yield f"Durations: {preset.durations}. Dates: {preset.dates}."
    yield ""
    yield f"| column | {' | '.join(languages)} |"
    yield "|---|" + "---|" * len(languages)
    for field in FIELDS:
        cells = [" or ".join(heads.columns.get(field, ("",))) for heads in preset.heads]
        if any(cells):
            yield f"| `{field}` | {' | '.join(cells)} |"
    yield ""
    yield "Seen in:"
    yield ""
    for heads in preset.heads:
        yield f"- {heads.language}: {heads.evidence}, <{heads.source}>"
