"""Finding a session by what a person types."""

from collections.abc import Sequence
from pathlib import Path

from collector.errors import BadInput
from collector.journal.archive import Archive, SessionSummary
from collector.journal.lock import station_holds
from collector.session import Phase

LAST = "last"
# Of many fitting ids a sentence names this many.
NAMED = 4


def find_session(archive: Archive, name: str) -> SessionSummary:
    """The session with the id `name`, the only one that begins so, or the `last` one.

    Raises `BadInput` when there is none or more than one. What is damaged in other sessions is no longer
    named in `archive.damaged` afterwards; what is damaged in this one is met again when it is read.
    """
    sessions = archive.sessions()
    archive.damaged.clear()
    if not sessions:
        raise BadInput("The journal holds no session yet.")
    if name == LAST:
        return sessions[-1]
    fitting = [summary for summary in sessions if name and summary.session.startswith(name)]
    exact = [summary for summary in fitting if summary.session == name]
    if len(exact or fitting) == 1:
        return (exact or fitting)[0]
    if fitting:
        ids = ", ".join(summary.session for summary in fitting[:NAMED])
        ids += ", ..." if len(fitting) > NAMED else ""
        raise BadInput(f"{name!r} fits {len(fitting)} sessions ({ids}); give more of the id.")
    raise BadInput(f"There is no session {name!r}; `holdspace sessions` lists them.")


def running(sessions: Sequence[SessionSummary], directory: Path) -> SessionSummary | None:
    """The session of `sessions` that a station is running in `directory` now, if any.

    That is the last one which was not ended, while somebody holds the directory; every other session
    without an end was interrupted.
    """
    unended = [summary for summary in sessions if summary.phase is not Phase.ENDED]
    return unended[-1] if unended and station_holds(directory) else None
