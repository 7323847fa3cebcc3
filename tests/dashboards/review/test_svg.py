"""The SVG writer."""

from dashboards.review.svg import Drawing, area, line, polyline

HOSTILE = "</svg><script>alert(1)</script>"


def test_texts_titles_and_labels_are_escaped() -> None:
    """Nothing that is written into a drawing can end it."""
    drawing = Drawing(10, 10, label=HOSTILE + '"')
    drawing.text("x", 1, 2, HOSTILE)
    drawing.rect("gap", 0, 0, 1, 1, title=HOSTILE)

    made = str(drawing.markup())

    assert "<script" not in made
    assert made.count("</svg>") == 1
    assert made.count("&lt;script&gt;") == 3


def test_paths_are_short_and_closed_where_they_should_be() -> None:
    """Coordinates have one decimal at most; an area comes back to its beginning."""
    assert line(0, 1.04, 2.25, 3) == "M0 1L2.2 3"
    assert polyline([(1, 2)]) == "M1 2L1 2"
    assert polyline([]) == ""
    assert area([(0, 1), (2, 1)], [(0, 5), (2, 5)]) == "M0 1L2 1L2 5L0 5z"
