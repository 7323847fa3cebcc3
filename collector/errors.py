"""The error tree. Anything else that is raised is a defect.

HoldspaceError
|- ConfigError     a file or option the user gave is wrong, a port is taken
|- BadInput        a recording, capture or session the user named cannot be read
|- Refused         a command that does not fit the moment ("the session has ended")
|- LinkLost        the radio link is gone; try again
|  `- NeedsHelp       a clip that only a person can help; try again all the same
|- Unavailable     a radio, disk or server is not there now; try again
|  `- RadioDown       this computer's radio as a whole
`- JournalError    the journal cannot be opened
   |- JournalLocked  another station holds it
   `- NotSaved       what was recorded could not be written
Each message is one plain sentence: what is wrong and what to do. `exit_code` is that of the command that
fails with it: 2 for bad usage or input, 1 where the work failed.
"""

from typing import ClassVar


class HoldspaceError(Exception):
    """Root of the errors that people see."""

    exit_code: ClassVar[int] = 2


class ConfigError(HoldspaceError):
    """The configuration is wrong; the message names file and key."""


class BadInput(HoldspaceError):
    """An input file or name is wrong; the message names it."""


class Refused(HoldspaceError):
    """A command does not fit the present state; nothing was changed."""


class LinkLost(HoldspaceError):
    """The link to a device ended."""

    exit_code = 1


class NeedsHelp(LinkLost):
    """A clip that will not come back by itself; the message tells a person what to do with it."""


class Unavailable(HoldspaceError):
    """Something outside is not there at the moment; trying again is right."""

    exit_code = 1


class RadioDown(Unavailable):
    """No clip can be reached because of this computer's radio; the message tells the remedy."""


class JournalError(HoldspaceError):
    """The journal cannot be opened or read."""


class JournalLocked(JournalError):
    """Another process holds the data directory."""


class NotSaved(JournalError):
    """What was recorded could not be written."""

    exit_code = 1
