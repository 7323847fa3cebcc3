"""Finding a session by what a person types."""

from collector.errors import BadInput
from collector.journal.archive import Archive, SessionSummary

LAST = "last"
# Of many fitting ids a sentence names this many.
NAMED = 4


def find_session(archive: Archive, name: str) -> SessionSummary:
    """The session with the id `name`, the only one that begins so, or the `last` one.

    Raises `BadInput` when there is none or more than one.
    """
    sessions = archive.sessions()
    if not sessions:
        raise BadInput("The journal holds no session yet.")
    if name == LAST:
        return sessions[-1]
    fitting = [summary for summary in sessions if summary.session.startswith(name)]
    exact = [summary for summary in fitting if summary.session == name]
    if len(exact or fitting) == 1:
        return (exact or fitting)[0]
    if fitting:
        ids = ", ".join(summary.session for summary in fitting[:NAMED])
        raise BadInput(f"{name!r} fits {len(fitting)} sessions ({ids}); give more of the id.")
    raise BadInput(f"There is no session {name!r}; `holdspace sessions` lists them.")
