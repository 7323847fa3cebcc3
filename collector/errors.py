"""The error tree. Anything else that is raised is a defect.

HoldspaceError
|- ConfigError     a file or option the user gave is wrong (exit code 2)
|- BadInput        a recording, capture or session the user named cannot be read (exit code 2)
|- Refused         a command that does not fit the moment ("the session has ended")
|- LinkLost        the radio link is gone; try again
|- Unavailable     a radio, disk or server is not there now; try again
`- JournalError    the journal cannot be opened or written
   `- JournalLocked  another station holds it
Each message is one plain sentence: what is wrong and what to do.
"""


class HoldspaceError(Exception):
    """Root of the errors that people see."""


class ConfigError(HoldspaceError):
    """The configuration is wrong; the message names file and key."""


class BadInput(HoldspaceError):
    """An input file or name is wrong; the message names it."""


class Refused(HoldspaceError):
    """A command does not fit the present state; nothing was changed."""


class LinkLost(HoldspaceError):
    """The link to a device ended."""


class Unavailable(HoldspaceError):
    """Something outside is not there at the moment; trying again is right."""


class JournalError(HoldspaceError):
    """The journal cannot be opened, read or written."""


class JournalLocked(JournalError):
    """Another process holds the data directory."""
