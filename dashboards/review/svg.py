"""A small SVG writer: elements with numeric geometry, all text escaped."""

from collections.abc import Iterable

from markupsafe import Markup, escape

Point = tuple[float, float]


class Drawing:
    """Collects elements and gives them out as one inline `<svg>`.

    Looks come from CSS classes; geometry is in px of `width` x `height` and scales with the page.
    """

    def __init__(self, width: float, height: float, *, label: str) -> None:
        self._size = (width, height)
        self._label = label
        self._parts: list[Markup] = []

    def rect(  # noqa: PLR0913, PLR0917 - the geometry of a rectangle
        self, look: str, x: float, y: float, width: float, height: float, title: str = ""
    ) -> None:
        """A rectangle; `title` is shown by browsers that hover."""
        inner = Markup("<title>{}</title>").format(title) if title else Markup("")
        self._parts.append(
            Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>').format(
                look, _px(x), _px(y), _px(width), _px(height), inner
            )
        )

    def path(self, look: str, d: str) -> None:
        """A path; `d` is made by `line`, `polyline` or `area` below."""
        if d:
            self._parts.append(Markup('<path class="{}" d="{}"/>').format(look, d))

    def circle(self, look: str, x: float, y: float, radius: float) -> None:
        """A circle."""
        self._parts.append(
            Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(look, _px(x), _px(y), radius)
        )

    def text(self, look: str, x: float, y: float, words: str) -> None:
        """One line of text; its anchor is a matter of the class."""
        self._parts.append(
            Markup('<text class="{}" x="{}" y="{}">{}</text>').format(look, _px(x), _px(y), words)
        )

    def markup(self) -> Markup:
        """The whole drawing."""
        width, height = self._size
        head = Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            _px(width), _px(height), escape(self._label)
        )
        return head + Markup("").join(self._parts) + Markup("</svg>")


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    """The path of one straight line."""
    return f"M{_px(x1)} {_px(y1)}L{_px(x2)} {_px(y2)}"


def polyline(points: Iterable[Point]) -> str:
    """The path through `points`; a single point becomes a dot (round caps)."""
    words = [f"{_px(x)} {_px(y)}" for x, y in points]
    if not words:
        return ""
    return "M" + "L".join(words if len(words) > 1 else [words[0], words[0]])


def area(upper: Iterable[Point], lower: Iterable[Point]) -> str:
    """The closed path along `upper` and back along `lower`."""
    words = [f"{_px(x)} {_px(y)}" for x, y in (*upper, *reversed(list(lower)))]
    return f"M{'L'.join(words)}z" if words else ""


def _px(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
