"""The invented words of the demo company: names of people, clients, projects and the rest."""

from __future__ import annotations

import unicodedata

# Names that break careless code: markup, quotes, an emoji, right-to-left and CJK scripts.
AWKWARD = (
    ("Zoë", "Ångström"),
    ("<b>Bo</b>", "O'Hara & Daughters"),
    ("ليلى", "الفاسي"),
    ("Robin 🦊", "Fuchs"),
    ("美咲", "藤原"),
    ('Giulia "Gigi"', "De'Rossi-Núñez"),
)

FIRST = (
    "Ada", "Ahmed", "Aino", "Alba", "Amara", "Anders", "Anaïs", "Arjun", "Astrid", "Beatriz",
    "Björn", "Camille", "Chidi", "Clara", "Dagny", "Daniel", "Elif", "Emil", "Esther", "Fátima",
    "Finn", "Freya", "Gustavo", "Hana", "Henrik", "Ines", "Ivo", "Jonas", "Jürgen", "Kaia",
    "Kofi", "Lars", "Leïla", "Lena", "Łucja", "Mateo", "Mira", "Nadia", "Ngozi", "Noor",
    "Oskar", "Priya", "Quinn", "Rafael", "Rosa", "Ruth", "Sami", "Søren", "Tamar", "Tomás",
    "Uma", "Viktor", "Wanda", "Xavier", "Yara", "Yusuf", "Zara", "Þóra",
)  # fmt: skip

LAST = (
    "Abebe", "Adler", "Almeida", "Bakker", "Becker", "Bergström", "Bianchi", "Castro", "Chen",
    "Cohen", "Dlamini", "Dubois", "Eriksen", "Fischer", "Flores", "García", "Grünwald", "Haddad",
    "Hansen", "Hoang", "Iversen", "Jansen", "Kaya", "Kelly", "Kowalczyk", "Kumar", "Larsen",
    "Lefèvre", "Lindqvist", "Lopes", "Mäkinen", "Mbeki", "Meyer", "Moreau", "Murphy", "Nakamura",
    "Ndiaye", "Novák", "Obi", "Okafor", "Olsen", "Papadaki", "Pereira", "Petrov", "Quist",
    "Rasmussen", "Reyes", "Rossi", "Sato", "Schäfer", "Silva", "Singh", "Šimić", "Tanaka",
    "Thorne", "Ueda", "Vance", "Vidal", "Weiß", "Yılmaz", "Zielinska",
)  # fmt: skip

# name, default cost and standard rate an hour
ROLES: tuple[tuple[str | None, float, float], ...] = (
    ("Designer", 52.0, 120.0), ("Senior Designer", 68.5, 150.0), ("Developer", 58.25, 130.0),
    ("Senior Developer", 76.0, 165.0), ("Data Analyst", 55.75, 125.0),
    ("Project Manager", 62.0, 140.0), ("QA Engineer", 48.5, 105.0), ("Consultant", 71.4, 155.0),
    ("Account Director", 88.0, 190.0), ("Copywriter", 45.9, 98.5),
    ("Illustrator (old)", 41.0, 85.0), (None, 0.0, 0.0),
)  # fmt: skip

# a junior role and the one that follows it
PROMOTIONS = {"Designer": "Senior Designer", "Developer": "Senior Developer"}

TEAMS = ("Studio", "Engineering", "Insight", "Delivery", "Growth")

CLIENT_WORDS = (
    "Alder", "Basalt", "Cinder", "Dune", "Ember", "Fjord", "Garnet", "Heath", "Indigo", "Juniper",
    "Kestrel", "Larch", "Meridian", "Nimbus", "Orchard", "Pumice", "Quarry", "Rook", "Sable",
    "Tidewater", "Umber", "Vesper", "Willow", "Yarrow", "Zephyr",
)  # fmt: skip
CLIENT_KINDS = ("Foods", "Logistics", "Energy", "Bank", "Museum", "Health", "Motors", "& Söhne")

PROJECT_WORDS = (
    "website", "data platform", "mobile app", "brand refresh", "intranet", "customer study",
    "booking engine", "annual report", "pricing model", "onboarding", "design system",
    "warehouse forecast", "accessibility audit", "campaign", "migration", "chatbot",
)  # fmt: skip
INTERNAL = ("Internal: operations", "Internal: training & café", "Internal: new business")

PHASES = (
    ("Discovery", "#5B8DEF"),
    ("Design", "#F2A65A"),
    ("Build", "#3FB68B"),
    ("Launch", "#B565D9"),
)

SKILLS = (
    "Accessibility", "Branding", "Copy editing", "Data modelling", "Facilitation", "Figma",
    "Forecasting", "Motion design", "Python", "React", "Research", "SQL", "Testing",
)  # fmt: skip

PERSON_TAGS = ("first aider", "mentor", "night owl", "remote", "speaks español")
PROJECT_TAGS = ("at risk", "flagship", "public sector", "retainer", "R&D", "to be invoiced")
WORKSTREAMS = ("Delivery", "Support", "Change requests", "Workshops", "Legacy")

EXPENSES = ("Train to workshop", "Stock photos", "Cloud hosting", "Printing", "User panel", "Fonts")
MILESTONES = ("Kick-off", "Sign-off", "Beta", "Go-live", "Steering group", "Final invoice")
ACTUAL_NOTES = (
    "Workshop and notes",
    "Bug fixing",
    "Review with the client",
    "Prep, then «Abnahme»",
    "pair work",
    "Fixed the import, again",
    'Reply to "where are we?"',
)
PERSON_NOTES = ("Prefers mornings.", "Back from parental leave in spring.", "Wants more SQL work.")
PROJECT_NOTES = (
    "Client prefers calls on Tuesdays.",
    "Scope agreed in writing.\nSee the shared folder.",
    "Invoice monthly.",
)
LEAVE_NOTES = ("Summer holiday", "Dentist", "Moving house", "Sick", "Family")

# Groups of holidays: country code, country, region, and each holiday with its dates.
HOLIDAYS: dict[str, tuple[str, str | None, str | None, tuple[tuple[str, ...], ...]]] = {
    "Germany (Berlin)": (
        "DE",
        "Germany",
        "Berlin",
        (
            ("Neujahr", "2025-01-01", "2026-01-01"),
            ("Frauentag", "2025-03-08"),
            ("Karfreitag", "2025-04-18", "2026-04-03"),
            ("Ostermontag", "2025-04-21", "2026-04-06"),
            ("Tag der Arbeit", "2025-05-01", "2026-05-01"),
            ("Christi Himmelfahrt", "2025-05-29", "2026-05-14"),
            ("Pfingstmontag", "2025-06-09", "2026-05-25"),
            ("Tag der Deutschen Einheit", "2025-10-03", "2026-10-03"),
            ("1. Weihnachtstag", "2025-12-25", "2026-12-25"),
            ("2. Weihnachtstag", "2025-12-26"),
        ),
    ),
    "New Zealand": (
        "NZ",
        "New Zealand",
        None,
        (
            ("New Year's Day", "2025-01-01", "2026-01-01"),
            ("Day after New Year's Day", "2025-01-02"),
            ("Waitangi Day", "2025-02-06", "2026-02-06"),
            ("Good Friday", "2025-04-18", "2026-04-03"),
            ("Easter Monday", "2025-04-21", "2026-04-06"),
            ("Anzac Day", "2025-04-25", "2026-04-25"),
            ("King's Birthday", "2025-06-02", "2026-06-01"),
            ("Matariki", "2025-06-20", "2026-07-10"),
            ("Labour Day", "2025-10-27", "2026-10-26"),
            ("Christmas Day", "2025-12-25", "2026-12-25"),
            ("Boxing Day", "2025-12-26", "2026-12-26"),
        ),
    ),
    "España": (
        "ES",
        "Spain",
        None,
        (
            ("Año Nuevo", "2025-01-01", "2026-01-01"),
            ("Epifanía", "2025-01-06", "2026-01-06"),
            ("Viernes Santo", "2025-04-18", "2026-04-03"),
            ("Fiesta del Trabajo", "2025-05-01", "2026-05-01"),
            ("Asunción", "2025-08-15"),
            ("Inmaculada", "2025-12-08", "2026-12-08"),
            ("Navidad", "2025-12-25", "2026-12-25"),
            ("Fiesta Nacional", "2026-10-12"),
        ),
    ),
    "Studio days": (
        "ZZ",
        None,
        None,
        (("Summer party", "2025-07-11"), ("Winter party", "2025-12-19")),
    ),
}
# The days on which some of them are observed instead.
OBSERVED = {"2026-04-25": "2026-04-27", "2026-12-26": "2026-12-28"}


def person(n: int) -> tuple[str, str]:
    """Return the first and last name of the `n`-th person; no two alike among the first 3,000."""
    if n % 7 == 3 and n // 7 < len(AWKWARD):
        return AWKWARD[n // 7]
    # Two strides without a common factor with the lengths walk all combinations.
    return FIRST[n * 23 % len(FIRST)], LAST[(n * 17 + n // len(FIRST)) % len(LAST)]


def email(first: str, last: str, n: int) -> str:
    """Return an address at example.com, made of what ASCII can spell of the name."""
    folded = unicodedata.normalize("NFKD", f"{first} {last}".lower())
    kept = "".join(c for c in folded if c == " " or (c.isascii() and c.isalpha()))
    words = kept.split() or ["person"]
    # Two people may share what is left of their names.
    number = [str(n)] if n >= 300 or not kept.strip() else []
    return ".".join(words + number) + "@example.com"
