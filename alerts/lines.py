"""Where in a TOML text a key stands, so that a refusal can name its line (tomllib does not say)."""

import re

Path = tuple[str | int, ...]
Raw = tuple[Path, str, str]  # where, which rule of alerts.md 4.12, a plain sentence

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<newline>\n)
      | (?P<header>(?<![^\n])[ \t]*\[\[?[^\[\]\n]+\]\]?)
      | (?P<key>(?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*[\w-]+)*)[ \t]*=
      | (?P<string>"[^"\n]*"|'[^'\n]*')
      | (?P<mark>[\[\]{},])""",
    re.VERBOSE,
)


class Lines:
    """Line numbers by path, such as ("families", "spo2_low", "levels", 1, "below").

    Reads the plain TOML of a rules file: headers, keys, arrays, inline tables. A path it does not
    know has the line of the nearest path above it.
    """

    def __init__(self, text: str) -> None:
        self._known: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}  # how often each [[header]] came
        self._table: Path = ()
        self._open: list[str | int] = []  # key and array index from the table inwards
        self._depth: list[str] = []  # the brackets that are open
        number = 1
        for token in _TOKEN.finditer(text):
            number += token.lastgroup == "newline"
            self._read(token, number)

    def of(self, path: Path) -> int | None:
        """The line of `path` or of the nearest path above it; None when nothing is known."""
        while path and path not in self._known:
            path = path[:-1]
        return self._known.get(path)

    def _read(self, token: re.Match[str], number: int) -> None:
        match token.lastgroup:
            case "newline" if not self._depth:
                self._open.clear()
            case "header" if not self._depth:
                self._enter(token["header"].strip(), number)
            case "key":
                self._name(token["key"], number)
            case "mark":
                self._follow(token["mark"], number)

    def _enter(self, header: str, number: int) -> None:
        path: Path = tuple(part.strip().strip("\"'") for part in header.strip("[]").split("."))
        self._known.setdefault(path, number)
        if header.startswith("[["):
            self._tables[path] = self._tables.get(path, -1) + 1
            path = (*path, self._tables[path])
            self._known.setdefault(path, number)
        self._table = path

    def _name(self, key: str, number: int) -> None:
        if self._open and isinstance(self._open[-1], str):
            self._open.pop()  # the key before this one in the same inline table
        if not self._depth:
            self._open.clear()
        self._open.append(key.strip("\"'"))
        self._known.setdefault((*self._table, *self._open), number)

    def _follow(self, mark: str, number: int) -> None:
        if mark in "[{":
            self._depth.append(mark)
            self._known.setdefault((*self._table, *self._open), number)
            if mark == "[":
                self._open.append(0)
        elif mark in "]}" and self._depth:
            self._leave(self._depth.pop())
        elif mark == "," and self._depth and self._depth[-1] == "[":
            self._next()

    def _leave(self, bracket: str) -> None:
        if bracket == "{" and self._open and isinstance(self._open[-1], str) and self._inside():
            self._open.pop()  # the last key of the inline table
        if bracket == "[" and self._open and isinstance(self._open[-1], int):
            self._open.pop()

    def _inside(self) -> bool:
        return len(self._open) > 1

    def _next(self) -> None:
        if self._open and isinstance(self._open[-1], int):
            self._open[-1] += 1
