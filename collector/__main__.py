"""The `holdspace` command: argv in, one plain sentence and an exit code out.

Composition root together with `station.py` and `station_cli.py`: only they see all three packages, and
nothing imports them. Each command's module is imported only when it is asked for, so that a demo does
not pay for numpy nor a decode for the web server.
"""

import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module, metadata
from typing import Annotated

import structlog
import typer

from collector.errors import HoldspaceError

# Which module adds which command. A module has `register(app)`.
COMMANDS = {
    "demo": "collector.station_cli",
    "run": "collector.radio_cli",
    "scan": "collector.radio_cli",
    "replay": "collector.station_cli",
    "capture": "collector.capture_cli",
    "decode": "collector.cli",
    "import": "collector.archive_cli",
    "sessions": "collector.archive_cli",
    "fill": "collector.fill_cli",
    "sinks": "collector.archive_cli",
    "backup": "collector.archive_cli",
    "erase": "collector.erase_cli",
    "doctor": "collector.doctor",
    "review": "dashboards.cli",
    "grafana": "dashboards.grafana.cli",
    "rules": "alerts.cli",
    "watchdog": "alerts.watchdog.cli",
}
LOG_VARIABLE = "HOLDSPACE_LOG"
INTERRUPTED = 130  # what a shell expects of a command that was stopped by Ctrl+C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 done, 1 the work failed, 2 bad usage or input."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _log_to_stderr()
    app = application(words)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # the launcher's, while modules were imported
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app(words, prog_name="holdspace")
    except SystemExit as end:  # the command line's own way to end: done, help, bad usage
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except (HoldspaceError, BaseExceptionGroup) as error:
        return _said(error)
    return 0


def application(words: Sequence[str]) -> typer.Typer:
    """The application with the commands that `words` may need: one module, or all of them for help."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    asked = COMMANDS.get(words[0]) if words else None
    for module in [asked] if asked else dict.fromkeys(COMMANDS.values()):
        import_module(module).register(app)
    return app


def _version(asked: bool) -> None:  # noqa: FBT001 - the command line calls it so
    if asked:
        typer.echo(metadata.version("holdspace"))
        raise typer.Exit


def _options(
    *,
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end."),
    ] = False,
) -> None:
    """Session monitoring beside the facilitator: an aid, not a medical device."""


def _log_to_stderr() -> None:
    """Log to stderr: stdout belongs to the commands. `HOLDSPACE_LOG` says from which level on."""
    asked = os.environ.get(LOG_VARIABLE, "warning").upper()
    level = logging.getLevelNamesMapping().get(asked, logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _said(error: BaseException) -> int:
    """Print the sentence of the first of our errors inside `error`; anything else is a defect."""
    for leaf in _leaves(error):
        if isinstance(leaf, HoldspaceError):
            typer.echo(f"holdspace: {leaf}", err=True)
            return leaf.exit_code
    raise error


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


if __name__ == "__main__":
    sys.exit(main())
