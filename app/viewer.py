"""Who looks, and at what: the address of a page, read into one frozen value and written back as links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal
from urllib.parse import urlencode

from app.rights import Role, may
from app.wording import text
from warehouse.models import Label

SCREENS = (
    "tonight", "lights", "figure", "findings", "responsible", "priorities", "deliveries", "report", "check", "rules",
    "operations", "changes",
)  # fmt: skip
# Reached from the line that says which data is shown, not from the head of the page.
UNLISTED = frozenset({"changes"})
# Not of a night of this home: counties compared, from the province's snapshot.
PROVINCE = "province"
Lang = Literal["zh", "en"]


@dataclass(frozen=True)
class Viewer:
    """One page's address and who reads it. Every choice stands in the address: a link opens the same page again.

    Without a role nothing is allowed; `unit` only of a liaison.
    """

    screen: str = "tonight"
    lang: Lang = "zh"
    asked: Mapping[str, str] = field(default_factory=dict)
    role: Role | None = None
    unit: str = ""
    who: str = ""

    def may(self, right: str) -> bool:
        """Whether the reader has a right of app/rights.py; every screen is one."""
        return may(self.role, right)

    def say(self, key: str, **values: object) -> str:
        """A text of app/texts/screens.yml in the reader's language."""
        return text(f"screens.{key}", self.lang, **values)

    def label(self, label: Label | None, otherwise: str = "") -> str:
        """A declared name in the reader's language."""
        if label is None:
            return otherwise
        return label.en if self.lang == "en" else label.zh

    def link(self, screen: str | None = None, /, **asked: object) -> str:
        """The address of a page; on the same screen what was asked stays, and None takes a choice away.

        The night that is looked at stays on every screen.
        """
        kept = dict(self.asked) if screen in (None, self.screen) else {"on": self.asked.get("on", "")}
        chosen = kept | {name: "" if value is None else str(value) for name, value in asked.items()}
        parts = {"screen": screen or self.screen} | {name: value for name, value in chosen.items() if value}
        parts |= {"lang": "en"} if self.lang == "en" else {}
        return "?" + "&".join(_pair(name, value) for name, value in parts.items())

    def in_language(self, lang: Lang) -> Viewer:
        """The same page for a reader of the other language."""
        return replace(self, lang=lang)

    def page(self) -> int:
        """The page of rows asked for, from 0; what is not a number is the first page."""
        asked = self.asked.get("page", "")
        return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0


@lru_cache(20_000)  # a matrix has ten thousand links that name the same few hundred things
def _pair(name: str, value: str) -> str:
    return urlencode({name: value})


def read_viewer(parameters: Mapping[str, str]) -> Viewer:
    """An address as typed: an unknown screen is the first one, an unknown language is Chinese."""
    screen = parameters.get("screen", "")
    asked = {name: value for name, value in parameters.items() if name not in ("screen", "lang")}
    lang: Lang = "en" if parameters.get("lang") == "en" else "zh"
    return Viewer(screen if screen in (*SCREENS, PROVINCE) else SCREENS[0], lang, asked)
