"""One look of the doctor."""

from __future__ import annotations

from dataclasses import dataclass

from app.wording import LANGS, text


@dataclass(frozen=True)
class Checkup:
    """What was found. `state`: well, warning (a night runs all the same), unwell (it may not)."""

    name: str
    state: str
    say: str
    say_en: str


def well(name: str, words: str, **values: object) -> Checkup:
    """Nothing to do. `words`: a text of `doctor` in app/texts."""
    return _found("well", name, words, values)


def warning(name: str, words: str, **values: object) -> Checkup:
    """A night runs all the same."""
    return _found("warning", name, words, values)


def unwell(name: str, words: str, **values: object) -> Checkup:
    """A night may not run, or may not do what it should."""
    return _found("unwell", name, words, values)


def _found(state: str, name: str, words: str, values: dict[str, object]) -> Checkup:
    say, say_en = (text(f"doctor.{words}", lang, **values) for lang in LANGS)
    return Checkup(name, state, say, say_en)
