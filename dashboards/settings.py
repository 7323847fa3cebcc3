"""The section [page] of holdspace.toml."""

from pydantic import Field

from collector.config import Section


class PageSettings(Section):
    """Where the bedside page is served.

    `host` is the address to listen on; anything but the default lets the network in. `names` are further
    names (or `name:port`) under which browsers may ask for the page; a request for any other name is
    refused, because a hostile web page can point a name of its own at this machine.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    names: tuple[str, ...] = ()
