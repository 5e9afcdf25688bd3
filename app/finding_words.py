"""What was done to a finding, in the words that the command line and the view share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.wording import Lang, has_text, move_word, reason_word, text

BY_NIGHT = "night"


def event_day(event: Mapping[str, Any]) -> date:
    """The business date of a person's move, or of the night."""
    return event["day"] or date.fromisoformat(str(event["night"]).partition(".")[0])


def event_words(event: Mapping[str, Any], lang: Lang) -> tuple[str, str, str, str]:
    """One line of a history: the business date, by whom, what was done, and what was said with it, evidence by hash."""
    when = event["night"].partition(".")[0] if event["night"] else event["day"].isoformat()
    who = text("by_night", lang) if event["who"] == BY_NIGHT else event["who"]
    said = [reason_word(event["reason"], lang) if event["reason"] else "", event["comment"]]
    if event["evidence"]:
        said.append(f"{event['evidence']['name']} {event['evidence']['sha256'][:12]}")
    return when, who, move_word(event["action"], lang), " · ".join(filter(None, said))


def in_words(refusal: str) -> str:
    """The Chinese half of a refusal names states and moves by their words; the English half by what one types."""

    def word(match: re.Match[str]) -> str:
        rooms = ("finding_states", "finding_moves", "closing_reasons", "standings")
        keys = (f"{room}.{match[1]}" for room in rooms)
        return f"“{next((text(key, 'zh') for key in keys if has_text(key)), match[1])}”"

    return re.sub("“([a-z_]+)”", word, refusal)
