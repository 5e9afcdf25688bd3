"""Invented people and firms. Check digits are right; the division code 430799 belongs to no county."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

DIVISION = "430799"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGAN_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGAN_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
CITIZEN_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
CITIZEN_CHECKS = "10X98765432"
BORN_FROM, BORN_DAYS = date(1945, 1, 1), 21900


def firm_code(serial: int) -> str:
    """The credit code of the n-th firm (n < 1,000,000): GB 32100, with the check digit of its organ code inside."""
    body = f"MA{serial:06d}"
    rest = 11 - sum(ORGAN_ALPHABET.index(sign) * weight for sign, weight in zip(body, ORGAN_WEIGHTS, strict=True)) % 11
    code = f"91{DIVISION}{body}{'X' if rest == 10 else rest % 11}"
    total = sum(CREDIT_ALPHABET.index(sign) * weight for sign, weight in zip(code, CREDIT_WEIGHTS, strict=True))
    return code + CREDIT_ALPHABET[-total % 31]


def citizen_id(born: date, serial: int) -> str:
    """A citizen's number: GB 11643 with its ISO 7064 check digit."""
    code = f"{DIVISION}{born:%Y%m%d}{serial % 1000:03d}"
    total = sum(int(sign) * weight for sign, weight in zip(code, CITIZEN_WEIGHTS, strict=True))
    return code + CITIZEN_CHECKS[total % 11]


class People:
    """A pool of invented people and firm names, drawn from by one `Random`."""

    def __init__(self, rnd: Random, words: Mapping[str, Any], size: int = 3000) -> None:
        self._rnd, self._words = rnd, words
        surnames, given = words["surnames"], words["given"]
        self.pool = [
            (
                rnd.choice(surnames) + rnd.choice(given),
                citizen_id(BORN_FROM + timedelta(days=rnd.randrange(BORN_DAYS)), rnd.randrange(1000)),
            )
            for _ in range(size)
        ]

    def person(self) -> tuple[str, str]:
        """(name, citizen's number)."""
        return self._rnd.choice(self.pool)

    def phone(self) -> str:
        """A number that nobody has: eight zeros in it."""
        return f"1300000{self._rnd.randrange(10000):04d}"

    def firm_name(self) -> str:
        """A firm's name; not unique."""
        parts = {name: self._rnd.choice(self._words["firms"][name]) for name in ("first", "second", "third")}
        return str(self._words["firms"]["name"]).format(**parts)
