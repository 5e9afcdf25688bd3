"""One signed-in reader of a standing view, who keeps all that came; and a view with the cable out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from app.rights import Role
from app.sign_in import COOKIE
from tests.app.serving import ROOT, served
from tests.app.walking import Line, token_of
from tests.drills.surfaces import text_of
from warehouse.home import Home

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass
class Walker:
    """One signed-in reader, and all that came to them: pages as text, files, and answers without a header."""

    view: str
    home: Home
    role: Role
    unit: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list)
    bare: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.token = token_of(self.home, self.role, self.unit)
        self.client = httpx.Client(
            base_url=self.view.rstrip("/"), cookies={COOKIE: self.token}, verify=False, timeout=60
        )

    def pages(self, queries: list[str]) -> None:
        """Draw pages over one stream."""
        with Line(self.view, self.token) as line:
            for query in queries:
                drawn = line.ask(query)
                self.seen += [(query, frame.decode("utf-8", "replace")) for frame in drawn.frames]

    def file(self, path: str, query: str = "") -> httpx.Response:
        """Take a file along."""
        answer = self.client.get(f"{path}?{query}" if query else path)
        self.bare += missing_headers(path, answer)
        self.seen.append((f"{path}?{query}", text_of(answer.content, path)))
        return answer


def browser(view: str, token: str = "") -> httpx.Client:
    """What asks for files, signed in or not."""
    cookies = {COOKIE: token} if token else {}
    return httpx.Client(base_url=view.rstrip("/"), cookies=cookies, verify=False, timeout=60)


def missing_headers(path: str, answer: httpx.Response) -> list[tuple[str, str]]:
    """What an answer lacks of the headers, and what it says of the server."""
    lacks = [(path, name) for name, value in HEADERS.items() if answer.headers.get(name) != value]
    lacks += [(path, "policy")] if "default-src 'none'" not in answer.headers.get("content-security-policy", "") else []
    return lacks + ([(path, "server")] if "server" in answer.headers else [])


def guarded(notes: Path, faults: str = "") -> dict[str, str]:
    """The environment of a process that notes and refuses what would leave the machine, and of all that it starts."""
    path = f"{ROOT / 'tests' / 'drills' / 'guard'}{os.pathsep}{ROOT}"
    return {"PYTHONPATH": path, "DUCHA_GUARD": str(notes), "DUCHA_FAULTS": faults}


@contextmanager
def view_without_cable(home: Home, faults: str = "") -> Iterator[tuple[str, Path]]:
    """A view whose every Python process notes and refuses what would leave the machine: its address, and the notes."""
    notes = home.root.parent / f"outbound{faults.replace(' ', '-')}.txt"
    view = served(home.root)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in guarded(notes, faults).items():
            patch.setenv(name, value)
        address = view.__enter__()
    try:
        yield address, notes
    finally:
        view.__exit__(None, None, None)
