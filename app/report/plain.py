"""Text without what no document can hold."""

from __future__ import annotations

import re

ILLEGAL = re.compile("[^\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


def clean(words: str) -> str:
    """Without control characters, carriage returns, lone surrogates and what Unicode calls no characters."""
    return ILLEGAL.sub("", words)
