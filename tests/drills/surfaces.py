"""What a reader could see that is not theirs: the words of other departments' rows, and personal data unmasked."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from email import message_from_bytes
from email.policy import default
from html import unescape
from io import BytesIO

from warehouse.ledger import Ledger
from warehouse.snapshot import Snapshot

LONG = 8
KEY = 16
APART = re.compile(r"[、，,;；\s/]+")
PLAIN = re.compile(r"[0-9A-Za-z-]+")


class Words:
    """A great many words, and which of them stand in a text. What was looked through once is not looked through again.

    A number is found as a whole, not as a part of a longer one; all else wherever it stands.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.known: dict[int, set[str]] = {}
        self.words = {word for word in words if len(word) >= 3}
        self.plain = {word for word in self.words if PLAIN.fullmatch(word)}
        self.by_start: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for word in self.words - self.plain:
            size = min(len(word), KEY)
            self.by_start[size][word[:size]].append(word)
        self.first = frozenset(word[0] for word in self.words - self.plain)

    def found(self, text: str) -> set[str]:
        """Those that stand in it."""
        if hash(text) not in self.known:
            self.known[hash(text)] = self._found(unescape(text))
        return self.known[hash(text)]

    def _found(self, text: str) -> set[str]:
        seen = self.plain & set(PLAIN.findall(text))
        starts = list(self.by_start.items())
        for at, sign in enumerate(text):
            if sign in self.first:
                for size, words in starts:
                    seen.update(word for word in words.get(text[at : at + size], ()) if text.startswith(word, at))
        return seen


def rows_of_others(whole: Snapshot, ledger: Ledger, unit: str) -> Words:
    """What names rows, files and findings of other departments, less what this one may hear of by its own."""
    own, others = set[str](), set[str]()
    for row in ledger.deliveries():
        (own if row["supplier"] == unit else others).update((row["id"], row["file_name"]))
    for row in ledger.findings():
        mine = unit in (row["unit"], row["owner"])
        (own if mine else others).update(row[f"sentence_{lang}"] for lang in ("zh", "en"))
    for name, contract in whole.declarations.contracts.items():
        # A row is of whom it names, too: a town answers for the suit that is brought against it.
        units = [f'"{one}"' for one, column in contract.columns.items() if column.type in ("unit", "units")]
        named = f"concat_ws(';', {', '.join(('_unit', '_supplier', *units))})"
        for row in whole.engine.rows(f"SELECT * FROM {name} WHERE list_contains(string_split({named}, ';'), '{unit}')"):
            own |= {str(value) for value in row.values()}
        for key in contract.key:
            if contract.columns[key].type in ("identifier", "document_number", "text"):
                others |= {
                    str(row["word"]) for row in whole.engine.rows(f'SELECT DISTINCT "{key}" AS word FROM {name}')
                }
    return Words(word for word in others - own if len(word) >= LONG)


def personal_data(whole: Snapshot) -> Words:
    """Every id, telephone number and person's name that the county's rows hold, less what also stands in the open."""
    secret, open_ = set[str](), set[str]()
    declared = whole.declarations
    for name, contract in declared.contracts.items():
        for column, one in contract.columns.items():
            if one.type not in ("text", "identifier", "phone", "citizen_id", "several", "credit_code", "unit"):
                continue
            told = (
                str(row["v"]) for row in whole.engine.rows(f'SELECT DISTINCT "{column}" AS v FROM {name}') if row["v"]
            )
            if one.personal in ("id", "phone"):
                secret.update(told)
            elif one.personal == "name":
                secret.update(part for value in told for part in APART.split(value.strip("[]'")) if len(part) > 2)
            elif one.personal is None:
                open_.update(told)
    labels = {text for one in declared.units.values() for text in (one.label.zh, one.label.en)}
    found = Words(secret)
    return Words(found.words - found.found("\n".join(open_ | labels)))


def text_of(content: bytes, name: str) -> str:
    """All words of a file that leaves the house: html, xlsx, docx, zip, letter, log."""
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(BytesIO(content)) as package:
            inner = ((one, package.read(one)) for one in package.namelist())
            return "\n".join(text_of(each, one) for one, each in inner if not one.endswith((".png", ".jpeg")))
    if name.endswith(".eml"):
        message = message_from_bytes(content, policy=default)
        parts = [one.get_payload(decode=True) for one in message.walk() if not one.is_multipart()]
        return "\n".join(
            [str(message["subject"]), *(text_of(part, "part") for part in parts if isinstance(part, bytes))]
        )
    text = content.decode("utf-8", "replace")
    return re.sub(r"<[^>]+>", "", text) if name.endswith(".xml") else text


def lights_in(text: str) -> list[tuple[str, str]]:
    """Every light of a page: its standing, by which it has its colour, and the word beside it."""
    found = re.findall(r'class="light (\w+)">(?:<span[^>]*>[^<]*</span>)?<span class="word">([^<]*)</span>', text)
    return [(standing, unescape(word)) for standing, word in found]
