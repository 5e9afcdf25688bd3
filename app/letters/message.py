"""One letter as bytes: html and plain text of the same blocks, one recipient, the same bytes for the same input."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import jinja2

from app.wording import Lang

ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.)+[A-Za-z0-9-]{1,63}")
LONGEST_ADDRESS = 254
NO_SENDER = "ducha@sample.invalid"
SENT_AT = time(8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class Block:
    """One piece of a letter: `kind` says how it is set.

    title, heading, card, claim, lead, note: `text` · points: `items` · facts: `pairs` · table: `pairs`, the header
    first; `keep_first` keeps its first column on one line.
    """

    kind: Literal["title", "heading", "card", "claim", "lead", "note", "points", "facts", "table"]
    text: str = ""
    items: tuple[str, ...] = ()
    pairs: tuple[tuple[str, ...], ...] = ()
    keep_first: bool = False


@dataclass(frozen=True)
class Part:
    """The letter in one language."""

    lang: Lang
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Planned:
    """Who will be written to about which findings (ids). `recipient` is None without a usable address."""

    unit: str
    kind: Literal["letter", "leader", "office"]
    recipient: str | None
    subject: str
    message_id: str
    findings: tuple[int, ...]


@dataclass(frozen=True)
class Letter(Planned):
    """A letter written out, with its return slip when a row has to be corrected."""

    eml: bytes
    slip: bytes | None = None


def one_recipient(registered: str | None) -> str | None:
    """The one plain address in a registry value; None for none, several, a display name or any line break.

    Refuses silently on purpose: the letter is written all the same and the unit is told to the office.
    """
    text = registered or ""
    return text if len(text) <= LONGEST_ADDRESS and ADDRESS.fullmatch(text) and text.isascii() else None


def one_line(text: str) -> str:
    """Text fit for a header: one line, no control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def message_id_of(county: str, night: str, unit: str, kind: str) -> str:
    """The same for the same night, unit and kind of one county, so that a repeated sending is known as such."""
    digest = hashlib.sha256("\n".join((county, night, unit, kind)).encode()).hexdigest()
    return f"<{digest[:40]}@ducha.invalid>"


def write_eml(
    planned: Planned,
    sender: tuple[str, str | None],
    on: date,
    parts: Sequence[Part],
    slip: bytes | None,
    slip_name: str,
) -> bytes:
    """The message with html, text/plain and the return slip. Boundaries come from the Message-ID, not from chance.

    `sender`: a name, and an address that `one_recipient` passed.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(planned.subject)
    message["From"] = Address(one_line(sender[0]), addr_spec=sender[1] or NO_SENDER)
    if planned.recipient:
        message["To"] = planned.recipient
    message["Date"] = format_datetime(datetime.combine(on, SENT_AT))
    message["Message-ID"] = planned.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(plain_text(parts), cte="base64")
    message.add_alternative(html_page(parts), subtype="html", cte="base64")
    if slip is not None:
        message.add_attachment(slip, maintype=XLSX[0], subtype=XLSX[1], filename=slip_name)
    message["Content-Language"] = "zh-CN, en"  # setting the content drops every Content- header that stood before
    for depth, part in enumerate(each for each in message.walk() if each.is_multipart()):
        part.set_boundary(f"ducha-{depth}-{planned.message_id[1:33]}")
    return message.as_bytes()


@cache
def _environment() -> jinja2.Environment:
    """Our own template, values escaped; a value is never a template."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html_page(parts: Sequence[Part]) -> str:
    """The letter as a 600 px table with inline styles: no image, no script, nothing from elsewhere."""
    import css_inline

    page = _environment().get_template("letter.html.j2").render(parts=parts)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)
    return str(inliner.inline(page))


def plain_text(parts: Sequence[Part]) -> str:
    """The same blocks as lines of text."""
    return "\n\n\n".join("\n".join(_lines(part.blocks)) for part in parts) + "\n"


def _lines(blocks: Sequence[Block]) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        match block.kind:
            case "heading" | "card":
                lines += ["", f"== {block.text} =="]
            case "points":
                lines += block.items
            case "facts":
                lines += [f"{name}: {value}" for name, value in block.pairs]
            case "table":
                lines += [f"- {' | '.join(cell for cell in row if cell)}" for row in block.pairs[1:]]
            case _:
                lines.append(block.text)
    return lines
