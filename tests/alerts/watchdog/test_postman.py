"""Each documented service against a local server: what it is sent, and what its failures are called."""

import logging
import re
import threading
from email import message_from_string
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import pytest
from apprise.plugins.pushover import NotifyPushover
from apprise.plugins.telegram import NotifyTelegram
from pydantic import SecretStr

from alerts.watchdog.postman import Outcome, Postman, Reason, with_extras
from alerts.watchdog.wire import Message
from collector.clock import SECOND, ManualClock
from tests.alerts.watchdog.services import Inbox, mail, web

DOCS = Path(__file__).resolve().parents[3] / "docs" / "notifications.md"
TEXT = "Room 2 · seat C · urgent · 21:14"
LINK = "http://10.0.0.5:8080/?episode=0123456789abcdef"
TAG = "0123456789abcdef"
URGENT = Message(key="k", target="M", text=TEXT, level="urgent", occasion="first", tag=TAG, link=LINK)
CAUTION = Message(key="k", target="M", text=TEXT, level="caution", occasion="first", tag=TAG, link=LINK)
OVER = Message(key="k", target="M", text=TEXT, level="urgent", occasion="over", tag=TAG, withdraws=True)


def documented(name: str) -> str:
    """The example URL that docs/notifications.md gives for a service."""
    found = re.search(
        rf"^## {name}\n.*?^```\n(\S+)\n```", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found, name
    return found[1]


def postman(url: str, clock: ManualClock | None = None) -> Postman:
    """A postman who knows one address."""
    return Postman({"M": SecretStr(url)}, clock or ManualClock(), Random(1))


def here(url: str, inbox: Inbox, host: str) -> str:
    """The documented URL with the local server in place of its host."""
    assert host in url
    return (
        url.replace(host, f"127.0.0.1:{inbox.port}")
        .replace("ntfys://", "ntfy://")
        .replace("jsons://", "json://")
        .replace("hassios://", "hassio://")
    )


@pytest.mark.asyncio
async def test_ntfy_gets_text_priority_and_link() -> None:
    """Urgent goes out with the highest priority; the link is what a tap opens, not part of the text."""
    with web() as inbox:
        url = here(documented("ntfy"), inbox, "ntfy.example.org")
        outcome = await postman(url).deliver(URGENT)
        await postman(url).deliver(CAUTION)

    urgent, caution = inbox.requests
    assert outcome == Outcome("delivered")
    assert urgent.json["message"] == TEXT
    assert urgent.json["topic"] == "kb7Qv2xw9Rn4"
    assert urgent.headers["X-Priority"] == "max"
    assert urgent.headers["X-Click"] == LINK
    assert caution.headers.get("X-Priority", "default") == "default"


@pytest.mark.asyncio
async def test_a_webhook_gets_episode_tag_and_withdrawal() -> None:
    """What the receiver needs to replace and withdraw: tag, level, occasion, link."""
    with web() as inbox:
        url = here(documented("Webhook"), inbox, "hooks.example.org")
        first = await postman(url).deliver(URGENT)
        over = await postman(url).deliver(OVER)

    told = [one.json for one in inbox.requests]
    assert (first, over) == (Outcome("delivered"), Outcome("delivered"))
    assert [(one["tag"], one["occasion"], one["message"]) for one in told] == [
        (TAG, "first", TEXT),
        (TAG, "over", TEXT),
    ]
    assert (told[0]["level"], told[0]["link"]) == ("urgent", LINK)


@pytest.mark.asyncio
async def test_home_assistant_replaces_the_notification_of_an_episode() -> None:
    """The same notification_id for everything about one episode: it is replaced in place."""
    with web() as inbox:
        url = here(documented("Home Assistant"), inbox, "homeassistant.local:8123")
        first = await postman(url).deliver(URGENT)
        over = await postman(url).deliver(OVER)

    ids = [one.json["notification_id"] for one in inbox.requests]
    assert (first, over) == (Outcome("delivered"), Outcome("delivered"))
    assert ids == [f"holdspace_{TAG}"] * 2
    assert inbox.requests[0].path == "/api/services/persistent_notification/create"
    assert TEXT in inbox.requests[0].json["message"]


@pytest.mark.asyncio
async def test_an_e_mail_carries_text_as_subject_and_the_link_inside() -> None:
    """SMTP: the subject is the lock-screen text."""
    with mail() as inbox:
        url = documented("E-mail")
        login = urlsplit(url)
        assert login.scheme == "mailtos"
        local = f"mailto://127.0.0.1:{inbox.port}?{login.query}&mode=insecure&smtp=127.0.0.1"
        outcome = await postman(local).deliver(URGENT)

    sent = message_from_string(inbox.requests[0].body)
    payload = sent.get_payload(decode=True)
    parts = [part.get_payload(decode=True) for part in sent.walk() if not part.is_multipart()]
    assert outcome == Outcome("delivered")
    assert "ntfy" not in str(payload)
    assert "=?utf-8?" in str(sent["Subject"]).lower() or TEXT in str(sent["Subject"])
    assert any(isinstance(part, bytes) and LINK in unquote_plus(part.decode()) for part in parts)


@pytest.mark.asyncio
async def test_pushover_repeats_an_urgent_alert_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Emergency priority with `interval` and `expire`; our own repeats wait until it has expired."""
    clock = ManualClock()
    again = Message(key="k2", target="M", text=TEXT, level="urgent", occasion="again", tag=TAG)
    with web() as inbox:
        # Pushover's host is fixed in apprise.
        monkeypatch.setattr(NotifyPushover, "notify_url", f"http://127.0.0.1:{inbox.port}/1")
        sender = postman(documented("Pushover"), clock)
        first = await sender.deliver(URGENT)
        repeated = await sender.deliver(again)
        clock.advance_to(clock.now().running_ns + 601 * SECOND)
        after = await sender.deliver(again)

    form = inbox.requests[0].json if inbox.requests[0].body[0] == "{" else inbox.requests[0].form
    assert first == after == Outcome("delivered")
    assert repeated == Outcome("delivered", Reason.ITSELF)
    assert len(inbox.requests) == 2
    assert (str(form["priority"]), str(form["retry"]), str(form["expire"])) == ("2", "30", "600")
    assert form["url"] == LINK
    assert TEXT in form["message"]


@pytest.mark.asyncio
async def test_pushover_stops_repeating_what_has_been_seen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """An emergency carries the episode's tag and is cancelled by it; the token is in no path and no log."""
    url = documented("Pushover")
    token = url.partition("@")[2]
    with web() as inbox:
        here = f"http://127.0.0.1:{inbox.port}/1"
        monkeypatch.setattr(NotifyPushover, "notify_url", f"{here}/messages.json")
        monkeypatch.setattr("alerts.watchdog.pushover.API", here)
        sender = postman(url)
        await sender.deliver(URGENT)
        outcome = await sender.deliver(OVER)
        inbox.answer = 400
        refused = await sender.deliver(OVER)

    sent, cancelled = inbox.requests[:2]
    assert sent.form["tags"] == TAG
    assert (outcome, refused) == (Outcome("delivered"), Outcome("failed", Reason.REFUSED))
    assert cancelled.path == f"/1/receipts/cancel_by_tag/{TAG}.json"
    assert cancelled.form == {"token": token}
    assert token not in "".join(capfd.readouterr())


@pytest.mark.asyncio
async def test_pushover_is_not_asked_to_stop_what_it_does_not_repeat() -> None:
    """A caution goes out once; nothing is sent to take it back."""
    seen = Message(
        key="k", target="M", text=TEXT, level="caution", occasion="seen", tag=TAG, withdraws=True
    )

    assert await postman(documented("Pushover")).deliver(seen) == Outcome("unable")


@pytest.mark.asyncio
async def test_telegram_gets_text_and_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot's token is in the path, the chat in the payload."""
    with web() as inbox:
        # Telegram's host is fixed in apprise.
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://127.0.0.1:{inbox.port}/bot")
        outcome = await postman(documented("Telegram")).deliver(URGENT)

    assert outcome == Outcome("delivered")
    assert inbox.requests[-1].path.endswith("/sendMessage")
    assert str(inbox.requests[-1].json["chat_id"]) == "987654321"
    assert TEXT in inbox.requests[-1].json["text"]


@pytest.mark.parametrize("answer", [401, 403, 404])
@pytest.mark.asyncio
async def test_a_refusal_is_not_tried_again(answer: int) -> None:
    """Wrong credentials do not get better by asking twice."""
    with web(answer) as inbox:
        outcome = await postman(f"json://127.0.0.1:{inbox.port}/m").deliver(URGENT)

    assert outcome == Outcome("failed", Reason.REFUSED)
    assert len(inbox.requests) == 1


@pytest.mark.parametrize("answer", [429, 500, 503])
@pytest.mark.asyncio
async def test_a_service_in_trouble_is_asked_twice(
    answer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a pause between (taken out here)."""
    monkeypatch.setattr("alerts.watchdog.postman.PAUSE_S", 0)
    with web(answer) as inbox:
        outcome = await postman(f"json://127.0.0.1:{inbox.port}/m").deliver(URGENT)

    assert outcome == Outcome("failed", Reason.BUSY)
    assert len(inbox.requests) == 2


@pytest.mark.asyncio
async def test_nobody_there_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is tried twice and named by its class."""
    monkeypatch.setattr("alerts.watchdog.postman.PAUSE_S", 0)
    with web() as inbox:
        port = inbox.port

    assert await postman(f"json://127.0.0.1:{port}/m").deliver(URGENT) == Outcome(
        "failed", Reason.UNREACHABLE
    )


@pytest.mark.asyncio
async def test_a_service_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline holds whatever the service does; after a bounded number nothing more is begun."""
    monkeypatch.setattr("alerts.watchdog.postman.TRY_S", 0.05)
    monkeypatch.setattr("alerts.watchdog.postman.HANGING", 2)
    with web(0) as inbox:
        sender = postman(f"json://127.0.0.1:{inbox.port}/m")
        outcomes = [await sender.deliver(URGENT) for _ in range(3)]
        left_behind = [one.daemon for one in threading.enumerate() if one.name == "delivery"]

    assert outcomes == [
        Outcome("timeout", Reason.HANGS),
        Outcome("timeout", Reason.HANGS),
        Outcome("failed", Reason.HANGS),
    ]
    assert left_behind == [True, True]


@pytest.mark.asyncio
async def test_a_plugin_that_breaks_is_a_failure_like_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever one service's plugin does, the others go on; its words are not repeated."""

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("json://canary")

    sender = postman("json://127.0.0.1/m")
    monkeypatch.setattr("alerts.watchdog.postman.Apprise.instantiate", breaks)
    outcome = await sender.deliver(URGENT)

    assert outcome == Outcome("failed", Reason.FAULT)
    assert "canary" not in capsys.readouterr().out


@pytest.mark.asyncio
async def test_a_service_that_cannot_take_back_is_not_asked_to() -> None:
    """Nothing is sent when a withdrawal would only be a further notification."""
    with web() as inbox:
        outcome = await postman(f"ntfy://127.0.0.1:{inbox.port}/t").deliver(OVER)

    assert outcome == Outcome("unable")
    assert inbox.requests == []


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("pover://user@token?priority=emergency&retry=45", "interval"),
        ("nosuch://canary", "does not understand"),
    ],
)
@pytest.mark.asyncio
async def test_an_address_that_cannot_be_used_is_named_without_showing_it(url: str, word: str) -> None:
    """`retry=` would not do what it says (ui.md 3); neither sentence holds the address."""
    sender = postman(url)

    assert word in sender.problems["M"]
    assert "canary" not in sender.problems["M"]
    assert await sender.deliver(URGENT) == Outcome("failed", Reason.ADDRESS)


@pytest.mark.parametrize("url", ["json://h/?rto=60", "json://h/?a=b&RTO=60&cto=99", "json://h"])
def test_longer_deadlines_are_taken_back(url: str) -> None:
    """The threads of apprise go on after a timeout, so that none above 4 s is allowed."""
    asked = parse_qsl(urlsplit(with_extras(url, URGENT)).query)

    assert [value for name, value in asked if name.lower() == "rto"] == ["4.0"]
    assert [value for name, value in asked if name.lower() == "cto"] == ["3.0"]


@pytest.mark.asyncio
async def test_no_secret_reaches_a_log(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither apprise nor the network layer says anything aloud, whatever goes wrong."""
    monkeypatch.setattr("alerts.watchdog.postman.PAUSE_S", 0)
    caplog.set_level(logging.DEBUG)
    heard: list[str] = []
    ear = logging.Handler()
    monkeypatch.setattr(ear, "emit", lambda record: heard.append(record.getMessage()))
    monkeypatch.setattr(logging.getLogger(), "handlers", [ear])
    with web(500) as inbox:
        for address in (f"127.0.0.1:{inbox.port}", "127.0.0.1:1"):
            url = f"json://canary-user:canary-pass@{address}/canary-path"
            sender = postman(url)
            outcome = await sender.deliver(URGENT)
            assert outcome.state == "failed"
            assert "canary" not in repr((sender.__dict__, outcome))

    out, err = capfd.readouterr()
    assert "canary" not in out + err + caplog.text
    assert heard == []
    assert "canary" in str(inbox.requests[0].path)
