"""The view: its first content against an empty page, and how long screens take while many people move about.

Run: .venv/bin/python benchmarks/view.py [rows] [--seconds S] [--home H]. The sample county with its service cases
repeated until there are so many rows, counted and judged by a night of its own. The floor is a page that says one word,
served by the same Streamlit with the same settings. `--home`: a home that an earlier run made, kept as it is.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.rights import Role
from benchmarks.measuring import Section, Standing, standing
from tests.app.serving import ARGUMENTS, CHROMIUM
from tests.app.walking import Line, token_of
from warehouse.engine import DuckEngine
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import Snapshot, open_current

DUCHA = Path(sys.executable).with_name("ducha")
SEED, TIMES = 20261127, 9
THINK = (3.0, 8.0)
ROLES: tuple[Role, ...] = ("steward", "inspector", "leader", "liaison", "auditor")
# What shows that a screen is there: not the frame around it, which every screen has.
FIRST = {"tonight": ".cards", "lights": "table.lights", "figure": "p.sentence", "findings": "table.pool"}
FACTS = "service_cases"


def make_home(root: Path, rows: int) -> None:
    """The sample county with so many service cases, in the snapshot that a second night counted and judged."""
    home = Home(root)
    for command in (["init", "--quiet"], ["sample"], ["nightly", "--plain"]):
        subprocess.run([DUCHA, "--home", root, *command], check=True, stdout=subprocess.DEVNULL)
    with (
        open_ledger(home, read_only=True) as ledger,
        DuckEngine(home.snapshots / str(ledger.current_snapshot())) as engine,
    ):
        times = -(-rows // engine.rows(f"SELECT count(*) AS n FROM {FACTS}")[0]["n"])
        more = "case_number || '-' || n AS case_number, CAST(_row + n * 100000 AS INTEGER) AS _row"
        for one in engine.rows(f"SELECT DISTINCT _delivery AS id FROM {FACTS} ORDER BY id"):  # as they were loaded
            engine.run(
                f"INSERT INTO {FACTS} SELECT {FACTS}.* REPLACE ({more}) FROM {FACTS}, range(1, {times}) t(n)"
                f" WHERE _delivery = '{one['id']}'"
            )
        # The night holds what it finds against what was delivered.
        more = f"(SELECT count(*) FROM {FACTS} c WHERE c._delivery = deliveries.id)"
        where = f"WHERE dataset = '{FACTS}' AND state = 'in_force'"
        engine.run(f"UPDATE deliveries SET rows = rows + {more} - {more} // {times} {where}")
        engine.run("DELETE FROM figure_keys")  # every figure is counted anew
        engine.run("CHECKPOINT snapshot")
    subprocess.run([DUCHA, "--home", root, "nightly", "--plain"], check=True, stdout=subprocess.DEVNULL)


def current(home: Home) -> Snapshot:
    """What the last night published."""
    found = open_current(home)
    assert found is not None
    return found


@contextmanager
def view_of(home: Home) -> Iterator[Standing]:
    """The view of a home."""
    with standing([sys.executable, "-m", "app.door", "--home", home.root, "--port"]) as served:
        yield served


@contextmanager
def empty_page() -> Iterator[Standing]:
    """The page of one word."""
    with standing([sys.executable, __file__, "--empty"]) as served:
        yield served


def serve_empty(port: int) -> None:
    """In a process of its own: Streamlit with our settings, and a script of one line."""
    import uvicorn
    from streamlit.starlette import App
    from streamlit.web.bootstrap import load_config_options

    from app.front_page import streamlit_options

    load_config_options(streamlit_options(200))
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text('import streamlit as st\n\nst.write("x")\n', "utf-8")
        uvicorn.run(App(script), port=port, log_level="warning", timeout_graceful_shutdown=2)


def first_content(home: Home) -> Section:
    """Navigation to the first content of a screen in Chromium, cache empty, in turns with the page of one word."""
    from playwright.sync_api import sync_playwright

    from app.sign_in import COOKIE

    found: dict[str, list[float]] = {"an empty page": [], **{screen: [] for screen in FIRST}}
    with empty_page() as floor, view_of(home) as view, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        token = token_of(home, "steward")
        places = [("an empty page", floor.address, "[data-testid=stMarkdown]")]
        places += [(screen, f"{view.address}?screen={screen}", shown) for screen, shown in FIRST.items()]
        for turn in range(TIMES + 1):  # the first turn is not counted: imports and files are cold
            for name, address, shown in places:
                context = browser.new_context()
                context.add_cookies([{"name": COOKIE, "value": token, "url": view.address}])
                page = context.new_page()
                page.goto(address, wait_until="commit")
                seen = page.wait_for_function(
                    "shown => { const one = document.querySelector(shown); return one && one.offsetHeight > 0 ? "
                    "performance.now() : 0 }", arg=shown, timeout=60_000,
                )  # fmt: skip
                if turn:
                    found[name].append(float(seen.json_value()) / 1000)
                context.close()
        browser.close()
    nothing = statistics.median(found["an empty page"])
    rows = [
        (name, f"{statistics.median(took):.2f}", f"{min(took):.2f}", f"{max(took):.2f}",
         f"{statistics.median(took) / nothing:.2f}")
        for name, took in found.items()
    ]  # fmt: skip
    heads = ("page", "median s", "least s", "most s", "against an empty page")
    said = f"{TIMES} turns, a new browser profile each. Goal: *tonight* at most 1.5 times the empty page."
    return Section("First content of the view", "benchmarks/view.py", heads, rows, said)


@dataclass
class Took:
    """What the viewers of one server saw: seconds of each drawing by screen, and what went wrong."""

    seconds: list[tuple[str, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def share(self, share: float) -> float:
        """The time under which so many of the drawings stayed."""
        found = sorted(one for _, one in self.seconds)
        return found[min(len(found) - 1, int(share * len(found)))]


Move = Callable[[random.Random], str]


def moves_of(home: Home, role: Role, unit: str) -> Move:
    """The next address of a person: any screen of theirs; of figures and rows one that is there, half of cases."""
    from app.rights import may
    from app.viewer import SCREENS

    with current(home) as snapshot:
        figures = snapshot.figures(unit=unit or None, town=None)
        facts = {name for name, one in snapshot.declarations.metrics.items() if one.of == FACTS}
    cases = [row for row in figures if row["metric"] in facts]
    screens = [screen for screen in SCREENS if may(role, screen)]

    def move(chance: random.Random) -> str:
        screen = chance.choice([*screens, "figure", "figure"])
        query = f"screen={screen}&lang={chance.choice(['zh', 'zh', 'en'])}"
        if screen != "figure":
            return query
        row = chance.choice(cases if cases and chance.random() < 0.5 else figures)
        query += f"&metric={row['metric']}&period={row['period']}&unit={unit}"
        return f"{query}&side={chance.choice(['denominator', 'numerator', 'shortfall', 'quarantine'])}"

    return move


def stay(place: str, token: str, move: Move, number: int, ends: float, took: Took) -> None:
    """One viewer: think, go to a page, wait until it is drawn."""
    chance = random.Random(SEED + number)
    try:
        with Line(place, token) as line:
            time.sleep(chance.uniform(0, THINK[1]))
            while time.monotonic() < ends:
                query, began = move(chance), time.monotonic()
                text = line.ask(query).text
                took.seconds.append((query.partition("&")[0].removeprefix("screen="), time.monotonic() - began))
                if "notice bad" in text or "exception" in text:
                    took.faults.append(query)
                time.sleep(chance.uniform(*THINK))
    except Exception as fault:
        took.faults.append(f"{type(fault).__name__}: {fault}")


def many(served: Standing, people: list[tuple[str, Move]], seconds: float) -> Took:
    """All of them at once, for so long."""
    took, ends = Took(), time.monotonic() + seconds
    threads = [
        threading.Thread(target=stay, args=(served.address, token, move, number, ends, took))
        for number, (token, move) in enumerate(people)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return took


def viewers(home: Home, counts: list[int], seconds: float, rows: int) -> list[Section]:
    """How long drawings take for one, some and many viewers, each beside the same on the page of one word."""
    with current(home) as snapshot:
        unit = next(name for name, one in snapshot.declarations.units.items() if one.kind == "department")
    lines, slow = [], Took()
    moves = {role: moves_of(home, role, unit if role == "liaison" else "") for role in ROLES}
    for count in counts:
        roles = [ROLES[number % len(ROLES)] for number in range(count)]
        people = [
            (token_of(home, role, unit if role == "liaison" else "", f"p{number}"), moves[role])
            for number, role in enumerate(roles)
        ]
        with empty_page() as floor:
            least = many(floor, [(token, lambda _: "") for token, _ in people], seconds)
        with view_of(home) as view:
            many(view, people[:1], 1)  # the first drawing of a process is not counted
            view.begin()
            took = many(view, people, seconds)
            cpu, peak = view.cpu(), view.peak
        slow = took
        lines.append((count, len(took.seconds), *(f"{took.share(share):.2f}" for share in (0.5, 0.95, 1.0)),
                      f"{least.share(0.95):.2f}", f"{took.share(0.95) - least.share(0.95):.2f}",
                      f"{cpu / len(took.seconds) * 1000:.0f}", peak, len(took.faults) + len(least.faults)))  # fmt: skip
        for fault in took.faults:
            print(fault, file=sys.stderr)
    heads = ("viewers", "drawings", "median s", "95 % s", "most s", "95 % s of an empty page", "beyond it",
             "CPU ms a drawing", "peak MB", "errors")  # fmt: skip
    said = (
        f"Each viewer stays {seconds:.0f} s and thinks {THINK[0]:.0f} to {THINK[1]:.0f} s (uniform, seed {SEED})"
        " between drawings; roles in turn, every screen of the role, figures three times as often. A drawing is"
        " from the click to the last part of the page over the stream. The viewers share the cores with the server."
        " Goal: 20 viewers, 95 % within 1 s beyond the empty page."
    )
    title = f"Viewers of {rows:,} service cases"
    by = {screen: [one for name, one in slow.seconds if name == screen] for screen, _ in slow.seconds}
    parts = [(name, len(one), f"{statistics.median(one):.2f}", f"{max(one):.2f}") for name, one in sorted(by.items())]
    command = f"benchmarks/view.py {rows} --seconds {seconds:.0f}"
    return [
        Section(title, command, heads, lines, said),
        Section(f"Screens for {counts[-1]} viewers", command, ("screen", "drawings", "median s", "most s"), parts),
    ]


def sections(rows: int, counts: list[int], seconds: float, made: Path | None = None) -> list[Section]:
    """Both tables, over a home that is made for it or that stands already."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        if made is None:
            make_home(home.root, rows)
        else:
            shutil.copytree(made, home.root)
        with current(home) as snapshot:
            there = snapshot.engine.rows(f"SELECT count(*) AS n FROM {FACTS}")[0]["n"]
        return [first_content(home), *viewers(home, counts, seconds, there)]


def main() -> None:
    """Print the tables, or serve the page of one word."""
    reader = argparse.ArgumentParser()
    reader.add_argument("rows", nargs="?", type=int, default=10_000_000)
    reader.add_argument("--seconds", type=float, default=90)
    reader.add_argument("--viewers", nargs="+", type=int, default=[1, 20, 50])
    reader.add_argument("--home", type=Path)
    reader.add_argument("--empty", type=int)
    asked = reader.parse_args()
    if asked.empty:
        serve_empty(asked.empty)
        return
    for section in sections(asked.rows, asked.viewers, asked.seconds, asked.home):
        print(section.text())


if __name__ == "__main__":
    main()
