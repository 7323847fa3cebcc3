"""The page's routes: what they let through, what they refuse and in which words."""

from dataclasses import replace

import pytest

from alerts.accepting import Accepting
from alerts.baseline import Baseline
from alerts.preparation import ACCEPTED
from collector.commands import Bind, End, Mark, Prepare, Start
from collector.feed import Loss
from collector.session import Source
from dashboards.bedside.app import STATIC, Limits, _page
from dashboards.bedside.baselines import take_baselines
from tests.dashboards.bedside.desk import OURS, Desk


@pytest.mark.asyncio
async def test_a_session_from_prepare_to_end() -> None:
    """The page's commands reach the recorder with the name of who gave them."""
    desk = Desk()
    async with desk.client() as client:
        for path, body in (
            ("prepare", {"roster": {"A": "P1", "B": "P2"}, "title": "Evening", "by": "M"}),
            ("start", {"by": "M"}),
            ("end", {"by": "K", "reason": "done"}),
        ):
            answer = await client.post(f"/api/session/{path}", json=body, headers=OURS)
            assert answer.status_code == 200, answer.text

    assert desk.commands == [
        Prepare(roster={"A": "P1", "B": "P2"}, title="Evening", by="M"),
        Start(by="M"),
        End(by="K", reason="done"),
    ]


@pytest.mark.asyncio
async def test_the_next_session_has_the_same_people_under_the_same_clips() -> None:
    """Prepared after an end: source and pace of the station, roster and clips of before."""
    desk = Desk()
    desk.execute(Prepare(roster={"A": "P-01", "B": "P1"}, source=Source.DEMO, speed=5))
    desk.execute(Bind(seat="A", participant="P-01", device="clip-1", family="plx", name="Clip 1"))
    desk.execute(Start())
    async with desk.client(source=Source.DEMO, speed=5) as client:
        await client.post("/api/session/end", json={"by": "M"}, headers=OURS)
        body = {"seats": 3, "title": "Second", "by": "M"}
        answer = await client.post("/api/session/prepare", json=body, headers=OURS)

    roster = {"A": "P-01", "B": "P1", "C": "P2"}
    assert answer.status_code == 200, answer.text
    assert desk.commands[-2:] == [
        Prepare(roster=roster, title="Second", source=Source.DEMO, speed=5, by="M"),
        Bind(seat="A", participant="P-01", device="clip-1", family="plx", name="Clip 1", by="M"),
    ]
    assert desk.session is not None
    assert desk.session.source is Source.DEMO
    assert {seat: b.device for seat, b in desk.session.bindings.items()} == {"A": "clip-1"}


@pytest.mark.asyncio
async def test_other_people_do_not_get_the_clips_of_before() -> None:
    """A seat with another code is bound to nothing: nobody's readings become somebody else's."""
    desk = Desk()
    desk.execute(Prepare(roster={"A": "P-01"}))
    desk.execute(Bind(seat="A", participant="P-01", device="clip-1"))
    async with desk.client() as client:
        await client.post("/api/session/end", json={}, headers=OURS)
        body = {"roster": {"A": "P-09", "B": "P-01"}}
        answer = await client.post("/api/session/prepare", json=body, headers=OURS)

    assert answer.status_code == 200
    assert desk.session is not None
    assert desk.session.bindings == {}


@pytest.mark.asyncio
async def test_one_mark() -> None:
    """A mark needs no more than what; without a name it is the facilitator's."""
    desk = Desk()
    desk.execute(Prepare(roster={"A": "P1"}))
    async with desk.client() as client:
        answer = await client.post("/api/mark", json={"what": "music"}, headers=OURS)

    assert answer.status_code == 200
    assert desk.commands[-1] == Mark(what="music", by="facilitator")


@pytest.mark.asyncio
async def test_a_refusal_is_its_sentence() -> None:
    """What does not fit the moment is answered 409 with the reason."""
    async with Desk().client() as client:
        answer = await client.post("/api/session/start", json={}, headers=OURS)

    assert answer.status_code == 409
    assert answer.json() == {"detail": "There is no session; prepare one first."}


@pytest.mark.asyncio
async def test_acknowledge() -> None:
    """An open episode is acknowledged by its id; one that is over stays over."""
    desk = Desk()
    async with desk.client() as client:
        body = {"episode": "e1", "by": "M"}
        seen = await client.post("/api/acknowledge", json=body, headers=OURS)
        late = await client.post("/api/acknowledge", json={"episode": "e0"}, headers=OURS)

    assert seen.status_code == 200
    assert desk.acknowledged == [("e1", "M")]
    assert late.status_code == 409
    assert late.json() == {"detail": "Already over; nothing changed."}


@pytest.mark.asyncio
async def test_baselines_are_taken_for_everybody() -> None:
    """Who has too few readings is named with the reason; of nobody at all is a refusal."""
    desk = Desk()
    desk.execute(Prepare(roster={"A": "P1", "C": "P3"}))
    async with desk.client() as client:
        everybody = await client.post("/api/baseline", json={"by": "M"}, headers=OURS)
        nobody = await client.post("/api/baseline", json={"seat": "C", "by": "M"}, headers=OURS)

    assert everybody.json() == {
        "taken": ["A"],
        "words": "Baseline taken: A · C: 41 of 60 readings so far; wait a little.",
    }
    assert desk.paused == [("A", "baseline", "M")]
    assert nobody.status_code == 409
    assert nobody.json()["detail"] == "C: 41 of 60 readings so far; wait a little."


@pytest.mark.asyncio
async def test_a_limit_for_one_person() -> None:
    """It goes to the alerts as a rules file would have it, with reason and name."""
    desk = Desk()
    body = {"seat": "A", "family": "hr_high", "limit": 135, "reason": "took stimulants", "by": "M"}
    async with desk.client() as client:
        done = await client.post("/api/override", json=body, headers=OURS)
        other = await client.post("/api/override", json={**body, "family": "battery"}, headers=OURS)
        nobody = await client.post("/api/override", json={**body, "seat": "B"}, headers=OURS)

    assert done.json()["words"] == (
        "Seat A, to the end of the session: hr_high caution above 135: took stimulants"
    )
    asked = {"family": "hr_high", "level": "caution", "above": 135, "reason": "took stimulants"}
    assert desk.overrides == [("A", asked | {"by": "M"})]
    assert (other.status_code, nobody.status_code) == (409, 409)


@pytest.mark.asyncio
async def test_pause_and_back() -> None:
    """A pause has seat, reason and length; what the alerts refuse is answered in their words."""
    desk = Desk()
    async with desk.client() as client:
        body = {"seat": "A", "reason": "toilet", "minutes": 5, "by": "M"}
        good = await client.post("/api/pause", json=body, headers=OURS)
        back = await client.post("/api/back", json={"seat": "A", "by": "M"}, headers=OURS)
        empty = await client.post("/api/pause", json={**body, "seat": "B"}, headers=OURS)
        wrong = await client.post("/api/pause", json={**body, "reason": "forever"}, headers=OURS)

    assert [answer.status_code for answer in (good, back, empty, wrong)] == [200, 200, 409, 422]
    assert empty.json() == {"detail": "Nobody is watched there."}
    assert desk.paused == [("A", "toilet", 5, "M"), ("A", "back", "M")]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"what": ""}',
        '{"what": 7}',
        '{"what": "x", "extra": 1}',
        '{"what": "' + "x" * 41 + '"}',
        '{"what": "x", "by": "' + "x" * 201 + '"}',
        '{"what": "x", "text": "' + "x" * 501 + '"}',
    ],
)
@pytest.mark.asyncio
async def test_a_body_that_is_not_understood_changes_nothing(body: str) -> None:
    """Wrong JSON is answered 422 with one sentence."""
    desk = Desk()
    desk.execute(Prepare(roster={"A": "P1"}))
    async with desk.client() as client:
        answer = await client.post("/api/mark", content=body, headers=OURS)

    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(".")
    assert len(desk.commands) == 1


@pytest.mark.asyncio
async def test_hostile_names_are_washed() -> None:
    """Control characters and bidirectional marks in a name do not reach the journal."""
    desk = Desk()
    desk.execute(Prepare(roster={"A": "P1"}))
    async with desk.client() as client:
        body = {"what": "note\u202e", "by": "M\x00\u2066ark\n", "text": "a\rb"}
        await client.post("/api/mark", json=body, headers=OURS)

    assert desk.commands[-1] == Mark(what="note", by="Mark", text="ab")


@pytest.mark.asyncio
async def test_the_page_has_nothing_inline() -> None:
    """One module and one stylesheet of our own; no script, style or handler in the markup."""
    async with Desk().client() as client:
        page = (await client.get("/")).text

    assert page.count("<script") == 1
    assert '<script type="module" src="/static/page.js"></script>' in page
    assert "<style" not in page
    assert "style=" not in page
    assert " on" not in page.split("<body")[0]
    assert "http" not in page.replace("http-equiv", "")
    assert "Aid to the facilitator · not a medical device" in page
    assert "Limits not confirmed by a clinician" in page


def test_the_module_writes_text_only() -> None:
    """No way from a name to markup: nothing in the module makes elements of text."""
    module = (STATIC / "page.js").read_text(encoding="utf-8")

    for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("):
        assert way not in module
    assert "import" not in module.replace("import:", "")


def test_limits_are_escaped_and_confirmed_ones_say_by_whom() -> None:
    """A name from the rules file cannot bring markup into the page."""
    page = _page(Limits(spo2=(94, 90), confirmed_by="Dr <b>X</b>"))

    assert "Limits confirmed by Dr &lt;b&gt;X&lt;/b&gt;" in page
    assert "SpO₂ 94 · 90" in page


@pytest.mark.asyncio
async def test_nothing_but_our_files_is_served() -> None:
    """The folder of static files ends at its border."""
    async with Desk().client() as client:
        assert (await client.get("/static/page.js")).status_code == 200
        for path in ("/static/", "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"):
            assert (await client.get(path)).status_code == 404
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert (await client.get(path)).status_code == 404


@pytest.mark.asyncio
async def test_the_arrival_of_a_test_notification() -> None:
    """One tap says who has seen it arrive; a station that notifies nobody says so."""
    desk, plain = Desk(), Desk()
    desk.arrived = []
    async with desk.client() as client:
        noted = await client.post("/api/arrived", json={"by": "M"}, headers=OURS)
    async with plain.client() as client:
        refused = await client.post("/api/arrived", json={}, headers=OURS)

    assert noted.status_code == 200
    assert desk.arrived == ["M"]
    assert refused.status_code == 409
    assert refused.json() == {"detail": "Nobody is notified by this station."}


@pytest.mark.asyncio
async def test_a_clip_that_has_been_looked_at() -> None:
    """Whose seat, and who says so."""
    desk = Desk()
    async with desk.client() as client:
        answer = await client.post("/api/settle", json={"seat": "B", "by": "M"}, headers=OURS)

    assert answer.status_code == 200
    assert desk.settled == [("B", "M")]


@pytest.mark.asyncio
async def test_an_acknowledgement_may_be_a_watch() -> None:
    """The number from which on to tell travels with it; nonsense is refused."""
    desk = Desk()
    async with desk.client() as client:
        watched = await client.post(
            "/api/acknowledge", json={"episode": "e1", "watch": 91}, headers=OURS
        )
        odd = await client.post("/api/acknowledge", json={"episode": "e1", "watch": 5}, headers=OURS)

    assert (watched.status_code, odd.status_code) == (200, 422)
    assert desk.watches == [91]


@pytest.mark.asyncio
async def test_all_cautions_are_seen_with_one_command() -> None:
    """Their episodes come back; when none waits, one sentence."""
    desk = Desk()
    async with desk.client() as client:
        seen = await client.post("/api/acknowledge/cautions", json={"by": "M"}, headers=OURS)
        desk.open_episodes = set()
        none = await client.post("/api/acknowledge/cautions", json={"by": "M"}, headers=OURS)

    assert seen.json() == {"acknowledged": ["e1"]}
    assert none.status_code == 409


@pytest.mark.asyncio
async def test_a_start_waits_for_what_is_to_be_accepted() -> None:
    """Refused with the sentence until one tap, which is an entry with the name; then it starts."""
    desk = Desk()
    desk.accepting = Accepting(desk, desk.clock)
    heard = desk.feed.subscribe("test", bound=100, loss=Loss.NOTHING, kinds=frozenset({ACCEPTED}))
    async with desk.client() as client:
        await client.post("/api/session/prepare", json={"seats": 1}, headers=OURS)
        early = await client.post("/api/session/start", json={}, headers=OURS)
        other = await client.post("/api/accept", json={"point": "absent"}, headers=OURS)
        tap = await client.post("/api/accept", json={"point": "alone", "by": "M"}, headers=OURS)
        again = await client.post("/api/accept", json={"point": "alone"}, headers=OURS)
        start = await client.post("/api/session/start", json={}, headers=OURS)

    assert early.json()["detail"].startswith("Accept this first, then start: Urgent alerts reach")
    assert [answer.status_code for answer in (early, other, tap, again)] == [409, 409, 200, 409]
    assert start.json()["phase"] == "running"
    (told,) = heard.take()
    assert (told.subject, told.facts["by"]) == ("alone", "M")
    assert str(told.facts["text"]).startswith("Urgent alerts reach this page only")


@pytest.mark.asyncio
async def test_a_demo_asks_nothing() -> None:
    """Without anybody who accepts, a session starts at once and the route says so."""
    desk = Desk()
    async with desk.client() as client:
        await client.post("/api/session/prepare", json={"seats": 1}, headers=OURS)
        tap = await client.post("/api/accept", json={"point": "alone"}, headers=OURS)
        start = await client.post("/api/session/start", json={}, headers=OURS)

    assert tap.json() == {"detail": "Nothing is to be accepted here."}
    assert start.status_code == 200


def test_half_a_baseline_says_which_half() -> None:
    """Who gave only a pulse is not named among those whose baseline was taken."""
    desk = Halves()
    desk.execute(Prepare(roster={"A": "P1", "B": "P2", "C": "P3"}))
    done = take_baselines(desk, desk.session, "", by="M")

    assert done == {
        "taken": ["A", "B"],
        "words": "Baseline taken: B; of A only the pulse · C: 41 of 60 readings so far; wait a little.",
    }


class Halves(Desk):
    """The SpO2 of seat A was not steady enough."""

    def baseline(self, seat: str, by: str) -> Baseline:
        """What the alerts would do."""
        taken = super().baseline(seat, by)
        return replace(taken, spo2=None) if seat == "A" else taken
