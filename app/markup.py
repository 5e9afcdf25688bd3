"""Small pieces of HTML: everything that came from a file or a declaration is escaped here, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape

from app.viewer import Viewer
from app.wording import Lang, standing_word

# The shape says it where colour is not seen: in print, by colour-blind readers, in a photograph of the screen.
SHAPES = {
    "short": "■", "unsure": "◆", "error": "△", "near": "▲", "met": "●", "missing": "□",
    "not_due": "○", "not_applicable": "―",
}  # fmt: skip


DAY = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?")


class Html(str):
    """Text that is HTML already. Anything else is escaped by `cell`."""


def cell(value: object) -> Html:
    """A value as HTML: HTML stays, all else is escaped; nothing is a dash."""
    if isinstance(value, Html):
        return value
    shown = "" if value is None else str(value)
    return Html(escape(shown)) if shown.strip() else Html("—")


def tag(name: str, inner: object, /, **attributes: str | None) -> Html:
    """One element. `class_` is written as class; None leaves an attribute out."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    listed = "".join(f' {key}="{escape(value)}"' for key, value in named.items())
    return Html(f"<{name}{listed}>{cell(inner)}</{name}>")


def joined(parts: Iterable[object], between: str = "") -> Html:
    """Pieces one after the other."""
    return Html(between.join(cell(part) for part in parts))


def anchor(href: str, inner: object, class_: str | None = None, title: str | None = None) -> Html:
    """A link inside the view. Without a target Streamlit would open a new window."""
    return tag("a", inner, href=href, target="_self", class_=class_, title=title)


def year_line(viewer: Viewer, key: str, years: Iterable[str], shown: str) -> Html:
    """The sentence under a heading that names the year shown, and a link to the same page of each other one."""
    others = [anchor(viewer.link(year=year), year) for year in years if year != shown]
    return tag("p", joined([viewer.say(key, year=shown), *others], " "), class_="say")


def light(viewer: Viewer, standing: str, note: str = "") -> Html:
    """A standing as colour, shape and word together."""
    return _light(viewer.lang, standing, note)


@lru_cache(4096)
def _light(lang: Lang, standing: str, note: str) -> Html:
    word = standing_word(standing, lang)
    shape = tag("span", SHAPES.get(standing, "?"), class_="shape", aria_hidden="true")
    below = tag("small", note) if note else Html("")
    return tag("span", joined([shape, tag("span", word, class_="word"), below]), class_=f"light {standing}")


def badge(word: str, kind: str) -> Html:
    """A short word in a frame: outcomes of deliveries, the mark of sample data."""
    return tag("span", word, class_=f"badge {kind}")


def table(
    heads: Sequence[object], rows: Iterable[Sequence[object]], caption: str = "", class_: str = "", empty: str = ""
) -> Html:
    """A table that scrolls inside its own frame, so that a narrow page does not; without rows the sentence `empty`."""
    body = [tag("tr", joined(_first_is_head(row))) for row in rows]
    if not body:
        return tag("p", empty, class_="empty")
    head = tag("tr", joined(tag("th", item, scope="col") for item in heads))
    parts = [tag("caption", caption) if caption else Html(""), tag("thead", head), tag("tbody", joined(body))]
    inner = tag("table", joined(parts), class_=class_ or None)
    return tag("div", inner, class_="frame", tabindex="0", role="region", aria_label=caption or None)


def _first_is_head(row: Sequence[object]) -> list[Html]:
    head, *cells = row
    return [tag("th", head, scope="row"), *(tag("td", item, class_=_kind_of(item)) for item in cells)]


def _kind_of(item: object) -> str | None:
    """A day is never broken over two lines."""
    return "day" if isinstance(item, str) and DAY.fullmatch(item) else None


def facts(pairs: Iterable[tuple[str, object]]) -> Html:
    """Names and values, one pair a line."""
    return tag("dl", joined(joined([tag("dt", name), tag("dd", value)]) for name, value in pairs), class_="facts")


def notice(sentence: str, kind: str = "note") -> Html:
    """A sentence in a frame; `kind` is note, warn or bad, and the sentence says the same without its colour."""
    return tag("p", sentence, class_=f"notice {kind}", role="status")
