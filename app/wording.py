"""Every text that people read: from `app/texts/*.yml`, in Chinese and English, never glued in code."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from warehouse.yaml_reader import DeclarationError, read_yaml

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, Lang] = ("zh", "en")
TEXTS = Path(__file__).parent / "texts"
FIELD = re.compile(r"\{(\w+)\}")


@cache
def _texts() -> dict[str, dict[str, str]]:
    """All texts by dotted key, read once. Refuses (DeclarationError) equal keys and a missing language."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(TEXTS.glob("*.yml")):
        for key, words in _leaves(read_yaml(path), ""):
            if key in found:
                raise DeclarationError(f"{path}: the text “{key}” stands in two files")
            if set(words) != set(LANGS) or not all(isinstance(word, str) for word in words.values()):
                held = ", ".join(words)
                raise DeclarationError(f"{path}: “{key}” needs zh and en, it has {held}; quote what holds a comma")
            found[key] = words
    return found


def _leaves(tree: Mapping[str, Any], above: str) -> list[tuple[str, dict[str, str]]]:
    """A mapping that holds `zh` or `en` is a text; every other mapping is a room of texts."""
    leaves: list[tuple[str, dict[str, str]]] = []
    for name, value in tree.items():
        key = f"{above}.{name}" if above else name
        if not isinstance(value, dict):
            raise DeclarationError(f"app/texts: “{key}” is not a text with zh and en")
        leaves += [(key, dict(value))] if {"zh", "en"} & value.keys() else _leaves(value, key)
    return leaves


def text(key: str, lang: Lang, /, **values: object) -> str:
    """The text of a dotted key with its `{fields}` filled in.

    Refuses (KeyError) an unknown key, and a field that no value was given for.
    """
    try:
        template = _texts()[key][lang]
    except KeyError:
        raise KeyError(f"app/texts has no text “{key}”") from None
    return fill(template, values)


def chosen_lang() -> Lang:
    """The language of the command line: `DUCHA_LANG=en`, else Chinese."""
    return "en" if os.environ.get("DUCHA_LANG", "zh").lower().startswith("en") else "zh"


def fill(template: str, values: Mapping[str, object]) -> str:
    """Put values into `{fields}` in one pass: a value that itself contains `{x}` stays as it is.

    Not str.format: a template from a county's catalogue must not reach into objects ({x.__class__}).
    Refuses (KeyError) a field without a value.
    """
    return FIELD.sub(lambda match: str(values[match[1]]), template)


def has_text(key: str) -> bool:
    """Whether a dotted key exists."""
    return key in _texts()


def letter_reason_word(reason: str, lang: Lang) -> str:
    """A reason code of the book of letters in words; the mail server's own words, and older ones, stay as they are."""
    key = f"letter_reasons.{reason}"
    return text(key, lang) if has_text(key) else reason


def standing_word(standing: str, lang: Lang) -> str:
    """The one word for a standing, the same on every screen, letter and sheet."""
    return text(f"standings.{standing}", lang)


def judged_word(standing: str, denominator: float | Decimal | None, small_sample: int | None, lang: Lang) -> str:
    """The word beside one figure: fewer cases than `small_sample` that judge nobody are not the same as none at all."""
    is_few = bool(denominator) and small_sample is not None and standing == "not_applicable"
    return text("small_sample", lang) if is_few else standing_word(standing, lang)


def state_word(state: str, lang: Lang) -> str:
    """The one word for the state of a finding."""
    return text(f"finding_states.{state}", lang)


def move_word(action: str, lang: Lang) -> str:
    """The one word for what was done to a finding."""
    return text(f"finding_moves.{action}", lang)


def reason_word(reason: str, lang: Lang) -> str:
    """The one word for why a finding was closed."""
    return text(f"closing_reasons.{reason}", lang)


def severity_word(severity: str, lang: Lang) -> str:
    """The one word for a severity."""
    return text(f"severities.{severity}", lang)


def outcome_word(outcome: str, lang: Lang) -> str:
    """The one word for what became of a delivery that was owed or came."""
    return text(f"outcomes.{outcome}", lang)


def day_words(day: date, lang: Lang) -> str:
    """2024年6月20日 / 20 Jun 2024; a time of day is dropped."""
    plain = day.date() if isinstance(day, datetime) else day
    month = text(f"months.m{plain.month:02d}", lang)
    return text("dates.day", lang, year=plain.year, month=month, day=plain.day)


def percent_words(share: Decimal) -> str:
    """A share to one place of a percent: 0.206549 -> 20.7%."""
    return f"{share * 100:.1f}%"


def period_words(period: str, lang: Lang) -> str:
    """`2024` -> 2024年, `2024Q1` -> 2024年第1季度, `2024-05` -> 2024年5月; any other text stays."""
    if re.fullmatch(r"\d{4}", period):
        return text("dates.year", lang, year=period)
    if match := re.fullmatch(r"(\d{4})Q([1-4])", period):
        return text("dates.quarter", lang, year=match[1], quarter=match[2])
    if match := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", period):
        return text("dates.month", lang, year=match[1], month=text(f"months.m{match[2]}", lang))
    return period
