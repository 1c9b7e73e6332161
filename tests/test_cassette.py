"""rp.cassette: the first run records, later runs replay without network or token."""

from __future__ import annotations

import copy
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import BaseAdapter

import runn_pandas as rp
from runn_pandas import errors, recording
from runn_pandas.account import Account
from runn_pandas.catalog import load
from runn_pandas.demo.server import Demo
from runn_pandas.transport.anonymise import Anonymiser
from runn_pandas.transport.cassette import Player, Recorder, Tape, answered
from tests.support.places import ROOT

vcr = pytest.importorskip("vcr", reason="needs vcrpy: pip install .[record]")
yaml = pytest.importorskip("yaml")
SECRET = "demo-s3cr3t"


@pytest.fixture
def wired(served: str) -> Account:
    return rp.connect(SECRET, base_url=served)


@pytest.fixture(autouse=True)
def _no_recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_recording", {})


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process, without a token."""
    monkeypatch.setattr(recording, "_recording", {})
    monkeypatch.setattr("runn_pandas.account._default", None)


def notebook() -> list[pd.DataFrame]:
    people = rp.read_runn("people")
    return [
        people,
        rp.read_runn("actuals", minDate="2026-05-01", maxDate="2026-06-30"),
        rp.read_runn("people/{personId}/contracts", personId=people["id"].head(3)),
        rp.read_runn("contracts", chunksize=None, expand="rosteredDays"),
        *rp.read_many("roles", "clients").values(),
    ]


@pytest.mark.parametrize("anonymise", [False, True])
def test_records_then_replays_the_same_frames(
    anonymise: bool,
    wired: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    demo: Demo,
) -> None:
    path = tmp_path / "class.yaml"
    rp.read_runn("people")  # what is cached already must be recorded all the same
    rp.cassette(path, anonymise=anonymise)
    first = notebook()
    forget(monkeypatch)
    before = len(demo.log)
    rp.cassette(path, anonymise=anonymise)
    second = notebook()
    assert len(demo.log) == before
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one, other)
        assert one.attrs == other.attrs


def test_the_guide_on_sharing_replays_once_the_line_with_the_account_is_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "guides" / "share-a-notebook.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, re.S)[0]
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RUNN_API_TOKEN", raising=False)
    recorded: dict[str, Any] = {}
    exec(code, recorded)
    forget(monkeypatch)
    with pytest.raises(errors.ConfigError, match="No API token"):
        exec(code.replace('"demo"', "read_only=True"), {})
    replayed: dict[str, Any] = {}
    exec(re.sub(r"^rp\.connect.*\n", "", code, flags=re.M), replayed)
    for name in ("people", "actuals"):
        pd.testing.assert_frame_equal(replayed[name], recorded[name])


def test_recording_a_real_account_is_said(
    wired: Account, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rp.cassette(tmp_path / "class.yaml")
    assert "class.yaml is not there yet: recording what <Account" in caplog.text


def test_the_demo_is_recorded_word_for_word(tmp_path: Path) -> None:
    rp.connect("demo")
    told = rp.read_runn("clients")
    with rp.cassette(tmp_path / "class.yaml"):
        recorded = rp.read_runn("clients")
    assert "Harbour & Heron (demo)" in set(told["name"])
    pd.testing.assert_frame_equal(recorded, told)


def test_a_replay_never_waits_for_the_limit(wired: Account, tmp_path: Path, demo: Demo) -> None:
    path = tmp_path / "class.yaml"
    with rp.cassette(path):
        rp.read_runn("teams")
    recording._recording.clear()
    with rp.cassette(path) as account:
        account.session._sleep = lambda seconds: pytest.fail("waited")
        for _ in range(130):
            rp.read_runn("teams")
        assert "not used, every read asks" in account._repr_html_()


def test_the_file_has_no_token_and_no_headers_but_the_content_type(
    wired: Account, tmp_path: Path
) -> None:
    path = tmp_path / "class.yaml"
    with rp.cassette(path):
        notebook()
        with pytest.raises(errors.NotFoundError):
            rp.read_runn("people/424242")
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?i)bearer|authorization|cookie|ratelimit|s3cr3t", text)
    assert set(re.findall(r"^      ([A-Za-z-]+):$", text, re.M)) == {
        "Accept-Version",
        "Content-Type",
    }
    assert path.stat().st_mode & 0o077 == 0, "personal data, for its owner alone"


def test_a_cell_that_is_run_again_goes_on_recording(
    wired: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "class.yaml"
    for resource in ("teams", "roles"):
        rp.cassette(path)
        rp.read_runn(resource)
    forget(monkeypatch)
    rp.cassette(path)
    assert len(rp.read_runn("teams")) > 0
    assert len(rp.read_runn("roles")) > 0


def test_what_was_not_recorded_is_an_error_that_says_what_to_do(
    wired: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "class.yaml"
    with rp.cassette(path):
        rp.read_runn("teams")
        with pytest.raises(errors.ReadOnlyError):
            rp.current().request("POST", "teams", json={"name": "x"})
    assert rp.current() is wired
    forget(monkeypatch)
    rp.cassette(path)
    with pytest.raises(errors.OfflineError, match=r"class\.yaml .* /roles/ .*Delete the file"):
        rp.read_runn("roles")


@pytest.mark.parametrize(
    "text", ["", "hello", "version: 1\ninteractions:\n", "[1]", "!!python/x 1"]
)
def test_what_is_no_cassette_says_so(text: str, tmp_path: Path) -> None:
    path = tmp_path / "class.yaml"
    path.write_text(text)
    with pytest.raises(errors.ConfigError, match=r"class\.yaml"):
        rp.cassette(path)
    with pytest.raises(errors.ConfigError, match=r"\.yaml file"):
        rp.cassette(tmp_path / "class.json")


def recorded(path: Path) -> dict[str, Any]:
    """A cassette as YAML has it, of one exchange."""
    with rp.cassette(path):
        rp.read_runn("teams")
    recording._recording.clear()
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


ODD: list[Any] = [None, True, -1, 5000, 10**30, 1.5, "", "x", [], [1], {}, {"a": {}}, [[]], "[" * 9]


@pytest.mark.parametrize("without", [False, True], ids=["odd", "left out"])
@pytest.mark.parametrize(
    "where",
    [
        ("interactions",),
        ("interactions", 0),
        *[("interactions", 0, part) for part in ("request", "response")],
        *[("interactions", 0, "request", part) for part in ("method", "uri", "headers", "body")],
        *[("interactions", 0, "response", part) for part in ("status", "headers", "body")],
        *[("interactions", 0, "response", "status", part) for part in ("code", "message")],
        ("interactions", 0, "response", "headers", "Content-Type"),
        ("interactions", 0, "response", "body", "string"),
    ],
    ids=lambda where: str(where[-1]),
)
def test_an_odd_cassette_replays_or_is_refused(
    where: tuple[Any, ...], without: bool, wired: Account, tmp_path: Path
) -> None:
    path = tmp_path / "class.yaml"
    good = recorded(path)
    for odd in [None] if without else ODD:
        content = copy.deepcopy(good)
        inner = content
        for part in where[:-1]:
            inner = inner[part]
        if without:
            del inner[where[-1]]
        else:
            inner[where[-1]] = odd
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        with suppress(errors.RunnError), rp.cassette(path) as account:
            account.session._sleep = lambda seconds: None
            assert len(rp.read_runn("teams")) == 5


def test_recording_needs_an_account(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match="RUNN_API_TOKEN"):
        rp.cassette(tmp_path / "class.yaml")


def test_vcrpy_itself_plays_the_file(wired: Account, tmp_path: Path, served: str) -> None:
    path = tmp_path / "class.yaml"
    with rp.cassette(path):
        teams = rp.read_runn("teams")
    match = ["method", "path", "query"]
    with vcr.use_cassette(str(path), record_mode="none", match_on=match):
        body = requests.get(f"{served}/teams/", params={"limit": "200"}, timeout=5).json()
    assert [row["id"] for row in body["values"]] == teams["id"].tolist()


def everything(expected: Account) -> dict[str, pd.DataFrame]:
    names = [r.name for r in load().resources.values() if not r.path_parameters]
    with rp.use(expected):
        return {name: rp.read_runn(name) for name in names if name != "me"}


def texts(value: Any, found: set[str]) -> set[str]:
    if isinstance(value, str):
        found.add(value)
    for part in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        texts(part, found)
    return found


@pytest.mark.slow
def test_anonymised_nothing_personal_is_left(wired: Account, tmp_path: Path) -> None:
    path = tmp_path / "class.yaml"
    real = everything(wired)
    hidden = everything(rp.cassette(path, anonymise=True))
    written = path.read_text(encoding="utf-8")

    people, users = real["people"], real["users"]
    secrets = {*people["lastName"], *people["email"].dropna(), *users["email"]}
    secrets |= {*real["clients"]["name"], *real["projects"]["name"], *real["roles"]["name"]}
    secrets |= {*real["people/notes"]["note"], *real["project-notes"]["note"]}
    secrets |= {*real["assignments"]["note"].dropna()} | {*real["time-offs/leave"]["note"].dropna()}
    fields = real["people/custom-fields"]["customFields"].tolist()
    secrets |= {f["value"] for row in fields for f in row if f["type"] == "text" and f["value"]}
    secrets = {s for s in secrets if isinstance(s, str)}
    assert len(secrets) > 100
    shown = {str(text) for frame in hidden.values() for text in texts(frame.values.tolist(), set())}
    assert not [s for s in secrets if any(s and s in text for text in shown)]
    assert not [s for s in secrets if len(s) > 6 and s.isascii() and s in written]

    for name, column in [
        ("contracts", "costPerHour"),
        ("project-rates", "rate"),
        ("projects", "budget"),
    ]:
        amounts, stand_ins = real[name][column], hidden[name][column]
        assert (amounts.isna() == stand_ins.isna()).all()
        changed = amounts[amounts > 0].dropna().index
        assert (amounts[changed] != stand_ins[changed]).all()
        pairs = pd.DataFrame({"a": amounts, "b": stand_ins}).dropna().drop_duplicates()
        assert pairs["a"].is_unique, "the same amount has the same stand-in"
    for name, frame in real.items():
        assert len(hidden[name]) == len(frame)
        ids = [c for c in frame.columns if c == "id" or c.endswith(("Id", "Minutes"))]
        pd.testing.assert_frame_equal(frame[ids], hidden[name][ids])


def test_anonymised_the_same_value_has_the_same_stand_in(wired: Account, tmp_path: Path) -> None:
    hidden = everything(rp.cassette(tmp_path / "class.yaml", anonymise=True))
    both = hidden["people"].merge(hidden["users"], left_on="id", right_on="personId")
    assert len(both) > 3
    assert (both["email_x"] == both["email_y"]).all()
    assert (both["lastName_x"] == both["lastName_y"]).all()
    assert hidden["people"]["email"].dropna().str.endswith("@example.com").all()
    assert hidden["people"]["lastName"].nunique() > 30


def test_anonymised_a_single_record_is_as_in_its_list(wired: Account, tmp_path: Path) -> None:
    with rp.use(rp.cassette(tmp_path / "class.yaml", anonymise=True)):
        people = rp.read_runn("people").head(1)
        own = int(people["id"].iloc[0])
        one = rp.read_runn(f"people/{own}")
    pd.testing.assert_frame_equal(one[list(people)], people)


def test_closing_a_recorder_closes_what_sends(tmp_path: Path) -> None:
    closed: list[bool] = []

    class Inner(BaseAdapter):
        def close(self) -> None:
            closed.append(True)

    Recorder(Inner(), Tape(tmp_path / "class.yaml"), "demo").close()
    assert closed == [True]


def test_anonymised_filters_by_name_are_refused(wired: Account, tmp_path: Path, demo: Demo) -> None:
    path = tmp_path / "class.yaml"
    rp.cassette(path, anonymise=True)
    before = len(demo.log)
    with pytest.raises(errors.FilterError, match="email"):
        rp.read_runn("people", email="ada")
    assert len(demo.log) == before
    assert len(rp.read_runn("people", sortBy="updatedAt", includePlaceholders=True)) > 0
    assert "ada" not in path.read_text()


def test_anonymised_leaves_out_what_the_catalogue_does_not_know(
    scripted: Any, tmp_path: Path
) -> None:
    team = {"id": 1, "name": "Ada's team", "createdAt": "2026-01-01T00:00:00Z", "salary": 5}
    body = json.dumps({"values": [team], "nextCursor": None, "owner": "Ada"}).encode()
    rp.connect("demo", base_url=scripted(lambda path, headers: (200, {}, body)).url)
    rp.cassette(tmp_path / "class.yaml", anonymise=True)
    with pytest.warns(errors.SchemaDriftWarning, match="updatedAt"):
        frame = rp.read_runn("teams")
    assert "salary" not in frame
    text = (tmp_path / "class.yaml").read_text()
    assert "Ada" not in text
    assert "salary" not in text


class Refusing(BaseAdapter):
    """Answers everything with one status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def send(self, request: requests.PreparedRequest, *args: Any, **kw: Any) -> requests.Response:
        return answered(request, self.status, {}, b'{"message": "No"}')

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 499, 500, 503])
def test_only_refusals_that_say_something_of_the_account_are_kept(
    status: int, tmp_path: Path
) -> None:
    path = tmp_path / "class.yaml"
    url = "https://api.runn.io"
    request = requests.Request("GET", f"{url}/people/12", {"Accept-Version": "1.0.0"}).prepare()
    answer = Recorder(Refusing(status), Tape(path, url), SECRET).send(request)
    assert answer.status_code == status
    passing = status in (401, 403, 429) or status >= 500
    assert path.exists() != passing
    if passing:
        return
    replayed = Player(Tape(path).load()).send(request)
    assert (replayed.status_code, replayed.content) == (status, answer.content)


def test_a_missing_record_is_missing_in_the_replay(
    wired: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "class.yaml"
    with rp.cassette(path), pytest.raises(errors.NotFoundError) as first:
        rp.read_runn("people/424242")
    forget(monkeypatch)
    with rp.cassette(path), pytest.raises(errors.NotFoundError) as second:
        rp.read_runn("people/424242")
    assert str(first.value) == str(second.value)


NAME = "Ada Lovelace"
SAYING_A_NAME: dict[str, tuple[int, Any]] = {
    "fields of an error": (400, {"statusCode": 400, "error": NAME, "field": NAME, "message": NAME}),
    "an error of another form": (404, {"detail": NAME, "errors": [{"msg": NAME}]}),
    "an error that is a list": (422, [{"message": NAME}]),
    "an error that is a text": (409, NAME),
    "an error that looks like a page": (400, {"values": [{"name": NAME}], "nextCursor": NAME}),
    "a list": (200, [NAME, {"name": NAME, "other": NAME}, [NAME]]),
    "a text": (200, NAME),
    "rows that are texts": (200, {"values": [NAME], "nextCursor": None}),
    "rows that are one text": (200, {"values": NAME, "nextCursor": None}),
    "rows in an object": (200, {"values": {NAME: NAME, "name": NAME}, "nextCursor": None}),
    "a text for an id": (200, {"values": [{"id": NAME, "createdAt": NAME}], "nextCursor": None}),
    "an object for a text": (200, {"values": [{"name": {"name": NAME}}], "nextCursor": None}),
    "a cursor": (200, {"values": [], "nextCursor": NAME}),
    "no JSON": (200, NAME.encode()),
}


@pytest.mark.filterwarnings("ignore::runn_pandas.errors.SchemaDriftWarning")
@pytest.mark.parametrize("case", SAYING_A_NAME)
def test_anonymised_a_name_is_kept_nowhere(case: str, scripted: Any, tmp_path: Path) -> None:
    status, answer = SAYING_A_NAME[case]
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    head = {"Content-Type": f"application/json; who={NAME}"}
    url = scripted(lambda path, headers: (status, head, body)).url
    rp.connect("demo", base_url=url)
    path = tmp_path / "class.yaml"
    said: list[str] = []
    with rp.cassette(path, anonymise=True) as account:
        for use in (
            lambda: rp.read_runn("clients"),
            lambda: rp.read_runn("clients/{clientId}", clientId=1),
            lambda: account.request("GET", "new-in-runn"),
        ):
            try:
                use()
            except errors.RunnError as error:
                said.append(str(error))
    assert NAME not in "".join(said), "what a notebook shows is the same as in the replay"
    assert not re.search("ada|lovelace", path.read_text(encoding="utf-8"), re.I)


def test_anonymised_numbers_in_place_of_texts_have_stand_ins(scripted: Any, tmp_path: Path) -> None:
    refs = [{"referenceName": "SAP", "externalId": own} for own in (4711042, "4711042", 0.4711)]
    stamp = "2026-01-01T00:00:00Z"
    row = {"id": 1, "name": 4711042, "website": None, "isArchived": False, "references": refs}
    row |= {"createdAt": stamp, "updatedAt": stamp}
    body = json.dumps({"values": [row], "nextCursor": None}).encode()
    rp.connect("demo", base_url=scripted(lambda path, headers: (200, {}, body)).url)
    with rp.cassette(tmp_path / "class.yaml", anonymise=True):
        clients = rp.read_runn("clients")
    one, same, other = (ref["externalId"] for ref in clients["references"][0])
    assert one == same != other
    assert "4711" not in (tmp_path / "class.yaml").read_text()


def test_anonymised_pages_are_followed_by_stand_ins_of_their_cursors(
    scripted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursors = ["QWRhIExvdmVsYWNl", "Ada&Lovelace=1", None]

    def answer(path: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        given = parse_qs(urlsplit(path).query).get("cursor", [None])[0]
        number = cursors.index(given) + 1 if given else 0
        team = {"id": number, "name": "T", "createdAt": "2026-01-01T00:00:00Z"}
        values = [team | {"updatedAt": "2026-01-01T00:00:00Z"}]
        return 200, {}, json.dumps({"values": values, "nextCursor": cursors[number]}).encode()

    server = scripted(answer)
    rp.connect("demo", base_url=server.url)
    path = tmp_path / "class.yaml"
    with rp.cassette(path, anonymise=True):
        recorded = rp.read_runn("teams")
    assert recorded["id"].tolist() == [0, 1, 2]
    assert not re.search("QWRh|Ada|Lovelace", path.read_text(encoding="utf-8"))
    forget(monkeypatch)
    with rp.cassette(path, anonymise=True):
        pd.testing.assert_frame_equal(rp.read_runn("teams"), recorded)
    assert len(server.asked) == 3


def test_anonymised_filters_that_no_contract_knows_may_hold_no_words(
    wired: Account, tmp_path: Path, demo: Demo
) -> None:
    path = tmp_path / "class.yaml"
    before = len(demo.log)
    with rp.cassette(path, anonymise=True) as account:
        for where in ("teams", "new-in-runn"):
            with pytest.raises(errors.FilterError, match="who"):
                account.request("GET", where, params={"who": NAME})
    assert len(demo.log) == before
    assert not path.exists()


leaves = st.just(NAME) | st.just(f"{NAME}@example.com")
with_a_name = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["values", "nextCursor", "statusCode", "id", "name", "references", "tags",
                         "externalId", "createdAt", "customFields", "value", "text", "isArchived",
                         "email", "budget", NAME]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(
    answer=with_a_name,
    name=st.sampled_from([r.name for r in load().resources.values()]),
    status=st.sampled_from([200, 400, 404]),
)
def test_anonymised_a_name_is_kept_in_no_answer(answer: Any, name: str, status: int) -> None:
    path = re.sub(r"\{\w+\}", "1", name)
    body = Anonymiser(b"secret").body(json.dumps(answer).encode(), f"/{path}/", status)
    assert NAME not in body.decode()
    json.loads(body)


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b"9" * 5000, b'{"values":[{"budget":' + b"9" * 400 + b"}]}", b"\xff", b""],
)
def test_anonymised_what_cannot_be_read_is_left_out(body: bytes) -> None:
    assert Anonymiser(b"secret").body(body, "/projects/") == b"{}"
