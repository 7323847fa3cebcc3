"""Who has been told of what, as the page shows it: a fold over notification and channel entries."""

from alerts.channel import CHANNEL, PAGE, read_channel
from alerts.notifications import NOTIFICATION, Occasion, State, confirmed_by, tag
from alerts.outbox import read_letter
from collector.entry import Entry
from dashboards.bedside.words import washed

# What the browser is told of an attempt.
WORDS = {
    State.SENDING: "sending",
    State.DELIVERED: "delivered",
    State.FAILED: "failed",
    State.TIMEOUT: "failed",
    State.EXPIRED: "failed",
}
LONGEST_TARGET = 40


class Told:
    """Per episode and for the session's test: each target and whether it was reached."""

    def __init__(self) -> None:
        self._episodes: dict[str, dict[str, str]] = {}
        self._test: dict[str, str] = {}
        self._confirmed = ""
        self._failed: dict[str, str] = {}

    def take(self, entry: Entry) -> None:
        """Fold in an entry of the kinds notification and channel; others change nothing."""
        if entry.kind == CHANNEL:
            status = read_channel(entry)
            if status.target == PAGE:
                return  # whoever reads this looks at one
            self._failed.pop(status.target, None)
            if status.failed:
                self._failed[status.target] = washed(status.reason, LONGEST_TARGET)
        elif entry.kind == NOTIFICATION:
            self._notification(entry)

    def begin(self) -> None:
        """Another session: what was told before is of no interest; who cannot be reached still is."""
        self._episodes, self._test, self._confirmed = {}, {}, ""

    def forget(self, episode: str) -> None:
        """The episode is closed."""
        self._episodes.pop(episode, None)

    def about(self, episode: str) -> dict[str, object]:
        """What to add to the frame of an open episode: `tag` is how links name it."""
        told = self._episodes.get(episode, {})
        return {"tag": tag(episode), "told": [[name, word] for name, word in told.items()]}

    def health(self) -> dict[str, object]:
        """The session's test (None without one) and the targets that cannot be reached."""
        targets = [[name, word] for name, word in self._test.items()]
        test = {"targets": targets, "by": self._confirmed} if targets else None
        return {"test": test, "unreached": [[name, why] for name, why in self._failed.items()]}

    def _notification(self, entry: Entry) -> None:
        by = confirmed_by(entry)
        letter = read_letter(entry)
        if by is not None or letter is None:
            self._confirmed = washed(by or "")
            return
        word = WORDS.get(letter.state)
        told = letter.notification
        if word is None or told.occasion.withdraws:
            return
        target = washed(told.target, LONGEST_TARGET)
        test = told.occasion is Occasion.TEST
        episodes = [self._episodes.setdefault(part.episode, {}) for part in told.parts]
        for place in [self._test] if test else episodes:
            if not (word == "sending" and place.get(target) == "delivered"):
                place[target] = word  # who was reached once has been told, whatever is on its way now
