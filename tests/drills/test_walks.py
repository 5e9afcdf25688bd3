"""Walks through a standing view, every reader by the stream that its pages are drawn from, every file as it comes.

A department sees only its rows; personal data is masked; every answer bears the headers; a light and its word agree;
nothing leaves the machine. Quick form: one department, the county's pages once. `--walks 66`: the full drill, every
department and every role in both languages. One view serves all of it, with the cable out; another one has faults.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest

from app.door import OPEN
from app.exports import export_paths
from app.rights import ROLES, may
from app.sessions import Sessions
from app.sign_in import PATHS
from app.viewer import SCREENS
from app.wording import standing_word
from expectations.standings import COUNTY, WORST_FIRST
from tests.app.walking import Line
from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.drills.surfaces import Words, lights_in, personal_data, rows_of_others, text_of
from tests.drills.walker import Walker, browser, missing_headers, view_without_cable
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import Snapshot

BETTER = ("closed", "verified", "awaiting_verification")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
NOWHERE = (
    *("/_stcore/metrics", "/_stcore/upload_file/a/b", "/_stcore/script-health-check", "/_stcore/agent/openapi.json"),
    *("/healthz", "/media/a.png", "/component/x/index.html", "/auth/login", "/oauth2callback", "/access.sqlite"),
    *("/export/none.xlsx", "/print/../access.sqlite", "/static/../main.py", "/static/none.js"),
)
# Figures whose rows hold names, ids and telephone numbers.
RICH = ("service_cases_on_time_rate", "legal_aid_accepted")
# What leads nowhere new in a walk, or ends it.
ENDS = frozenset({"/out", "/enter", "/sso", "/sso/back"})


@pytest.fixture(scope="module")
def secrets_of_people(whole: Snapshot) -> Words:
    found = personal_data(whole)
    assert len(found.words) > 5000
    return found


def walked(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--walks"))


def is_full(request: pytest.FixtureRequest) -> bool:
    return walked(request) > 1


def figure_pages(whole: Snapshot, chance: random.Random, count: int, unit: str | None) -> list[str]:
    """Pages of figures with their rows, of seeded metrics, periods and sides; of a unit or the county."""
    pool = whole.figures(unit=unit, town=None)
    rows = chance.sample(pool, min(count, len(pool)))
    return [
        f"screen=figure&metric={row['metric']}&period={row['period']}&unit={unit or ''}"
        f"&side={chance.choice(['denominator', 'numerator', 'shortfall', 'quarantine'])}"
        for row in rows
    ]


def foreign_pages(county: Home, whole: Snapshot, chance: random.Random, unit: str) -> list[tuple[str, set[str]]]:
    """Addresses that name what is another department's, each with the words that it says back."""
    with open_ledger(county, read_only=True) as ledger:
        theirs = chance.choice([row for row in ledger.deliveries(state="in_force") if row["supplier"] != unit])
        finding = chance.choice([one for one in ledger.findings() if unit not in (one["unit"], one["owner"])])
    other, town = theirs["supplier"], next(name for name, one in whole.declarations.units.items() if one.kind == "town")
    row = chance.choice(whole.figures(unit=other, town=None) or whole.figures(unit=None, town=None))
    about = f"metric={row['metric']}&period={row['period']}"
    sheet = str(theirs["sheet"] or "")
    said = {theirs["id"], sheet, theirs["file_name"]}
    return [
        (f"screen=figure&{about}&unit={other}&side=denominator", set()),
        (f"screen=figure&{about}&unit=county&side=quarantine", set()),
        (f"screen=figure&{about}&unit=&side=denominator", set()),
        (f"screen=figure&{about}&town={town}&unit={other}&side=denominator&page=1", set()),
        (f"screen=figure&source={quote(theirs['id'])}|3|{quote(sheet)}", said),
        (f"screen=deliveries&delivery={quote(theirs['id'])}&unit={other}", said),
        (f"screen=findings&finding={finding['id']}&unit={other}&state=all", set()),
        (f"screen=responsible&unit={other}", set()),
        (f"screen=findings&show=agenda&unit={other}", set()),
    ]


def judged_here(whole: Snapshot, query: str) -> str:
    """All words of the rows behind one department's own figure; a file inside an archive names the archive too."""
    asked = dict(parse_qsl(query))
    rows = whole.trace(asked["metric"], asked["period"], asked["unit"])
    return "\n".join(str(value) for row in rows for value in row.values())


def foreign_words_seen(
    walker: Walker, whole: Snapshot, chance: random.Random, full: bool, count: Callable[[int], object]
) -> list[tuple[str, set[str]]]:
    """Walk as a department's liaison through its own pages, those of others by their address, and every file."""
    with open_ledger(walker.home, read_only=True) as ledger:
        others = rows_of_others(whole, ledger, walker.unit)
    own = [f"screen={screen}" for screen in SCREENS] if full else ["", "screen=findings", "screen=deliveries"]
    figures = figure_pages(whole, chance, 6 if full else 1, walker.unit)
    foreign = foreign_pages(walker.home, whole, chance, walker.unit)
    foreign = foreign if full else foreign[:2] + foreign[4:7]
    # A row that is judged under the department may stand in another's file: those it may read.
    judged = {query: others.found(judged_here(whole, query)) for query in figures}
    allowed = {query: words for query, words in foreign} | judged
    walker.pages(own + figures + [query for query, _ in foreign])
    query = foreign[0][0].partition("&")[2]
    for path in export_paths() if full else ("/export/figure.xlsx", "/print/unit"):
        walker.file(path, query)
    seen = [(query, others.found(text) - allowed.get(query, set())) for query, text in walker.seen]
    count(len({query for query, _ in walker.seen}))
    return [(query, words) for query, words in seen if words]


def test_a_department_sees_only_its_rows_on_every_page_in_every_frame_and_file(
    view: str, county: Home, whole: Snapshot, request: pytest.FixtureRequest, cases: Cases
) -> None:
    chance = random.Random(SEED)
    units = [name for name, one in whole.declarations.units.items() if one.kind != "county"]
    for unit in chance.sample(units, min(walked(request), len(units))):
        walker = Walker(view, county, "liaison", unit)
        assert foreign_words_seen(walker, whole, chance, is_full(request), cases.add) == [], (SEED, unit)
        assert walker.bare == [] and len(walker.seen) > 20
        assert [text for _, text in walker.seen if unit in text or "样例" in text]


def unmasked(walker: Walker, secret: Words) -> list[tuple[str, set[str]]]:
    """What of personal data a reader was shown."""
    seen = [(query, secret.found(text)) for query, text in walker.seen]
    return [(query, words) for query, words in seen if words]


def test_personal_data_is_masked_on_every_page_for_every_role_in_files_letters_and_logs(
    view: str, county: Home, whole: Snapshot, secrets_of_people: Words, request: pytest.FixtureRequest, cases: Cases
) -> None:
    chance, full = random.Random(SEED), is_full(request)
    place = "period=2024" if full else "period=2024Q2&unit=health_bureau"
    rows = [f"screen=figure&metric={metric}&{place}&side=denominator" for metric in (RICH if full else RICH[:1])]
    sent = whole.trace(RICH[0], "2024Q2", "health_bureau", limit=1)[0]
    rows.append("screen=figure&source=" + quote("|".join(str(sent[name]) for name in ("_delivery", "_row", "_sheet"))))
    for role in [one for one in ROLES if one != "liaison"] if full else ["inspector"]:
        walker = Walker(view, county, role)  # type: ignore[arg-type]
        screens = [screen for screen in SCREENS if may(walker.role, screen)]
        for lang in ("zh", "en") if full else ("zh",):
            queries = [f"screen={screen}&lang={lang}" for screen in (screens if full else ("rules",))]
            queries += [f"{query}&lang={lang}" for query in figure_pages(whole, chance, 40 if full else 1, None)]
            walker.pages([*queries, *(f"{query}&lang={lang}" for query in rows)])
        # The catalogue as a workbook is what a steward edits: it names whom to call, and only a steward gets it.
        for path in (
            [one for one in export_paths() if "catalogue" not in one]
            if full
            else ("/export/figure.xlsx", "/print/figure")
        ):
            walker.file(path, f"{rows[0].partition('&')[2]}&masked=false")
        assert unmasked(walker, secrets_of_people) == [] and walker.bare == [], (SEED, role)
        assert any("***" in text for _, text in walker.seen)
        cases.add(len(walker.seen))
    for folder in ("letters", "logs", "reports"):
        for path in (county.root / folder).rglob("*"):
            if path.is_file():
                assert secrets_of_people.found(text_of(path.read_bytes(), path.name)) == set(), path
                cases.add()


def faults_of_words(walker: Walker, pages: list[tuple[str, str]]) -> list[Any]:
    """Lights whose word is not that of their standing, by which they have their colour and shape."""
    wrong: list[Any] = []
    for query, text in pages:
        lang = "en" if "lang=en" in query else "zh"
        for standing, word in lights_in(text):
            if standing not in WORST_FIRST or word != standing_word(standing, lang):
                wrong.append((query, standing, word))
    return wrong


def test_a_standing_is_the_same_word_on_every_page_and_nothing_missing_is_closed(
    view: str, county: Home, whole: Snapshot, request: pytest.FixtureRequest, cases: Cases
) -> None:
    chance, walker = random.Random(SEED), Walker(view, county, "steward")
    chosen = []
    for standing in WORST_FIRST:
        rows = [row for row in whole.standings(standing=standing) if row["metric"]]
        count = walked(request) * 3 if is_full(request) else 1 if standing in ("missing", "unsure") else 0
        chosen += chance.sample(rows, min(len(rows), count))
    assert {row["standing"] for row in chosen} >= {"missing", "unsure"}
    for row in chosen:
        unit = "" if row["unit"] in (None, COUNTY) else row["unit"]
        query = f"screen=figure&metric={row['metric']}&period={row['period']}&unit={unit}"
        query += f"&lang={chance.choice(['zh', 'en'])}"
        before = len(walker.seen)
        walker.pages([query])
        drawn = [(page, text) for page, text in walker.seen[before:]]
        paper = walker.file("/print/figure", query.partition("&")[2])
        assert faults_of_words(walker, [*drawn, (query, paper.text)]) == []
        first = next(light for _, text in drawn for light in lights_in(text))
        assert first[0] == row["standing"] == lights_in(paper.text)[0][0], (SEED, query, first)
        cases.add()
    walker.pages(["screen=lights", "screen=findings&state=all&lang=en"])
    sheet = walker.file("/export/findings.xlsx", "state=all")
    assert sheet.status_code == 200 and standing_word("missing", "zh") in text_of(sheet.content, "x.xlsx")
    assert faults_of_words(walker, walker.seen) == []
    lights = [light for query, text in walker.seen if query == "screen=lights" for light in lights_in(text)]
    assert len(lights) > 100
    cases.add(len(lights))
    with open_ledger(county, read_only=True) as ledger:
        doubtful = [row for row in ledger.findings() if row["standing"] in ("missing", "unsure", "error")]
        assert doubtful and not [
            row for row in doubtful if row["state"] in ("closed", "verified", "awaiting_verification")
        ]
        cases.add(len(doubtful))


def routes(full: bool) -> list[str]:
    """Every path that the door knows, and some that it does not."""
    from streamlit import file_util

    static = Path(file_util.get_static_dir())
    files = sorted(
        f"/{path.relative_to(static).as_posix()}" for path in (static / "static").rglob("*") if path.is_file()
    )
    ours = [*OPEN, *sorted(PATHS - ENDS), *NOWHERE]
    return [*ours, *files, *export_paths()] if full else [*ours, *files[:3], "/export/operations.xlsx"]


def test_every_answer_bears_the_headers_and_nothing_answers_a_stranger(
    view: str, county: Home, request: pytest.FixtureRequest, cases: Cases
) -> None:
    full = is_full(request)
    with browser(view) as stranger:
        for path in cases.each(routes(True)):
            for method in METHODS if full else ("GET", "POST"):
                answer = stranger.request(method, path)
                assert missing_headers(path, answer) == [], (method, path)
                is_sign_in = path == "/sign-in" and answer.status_code in (200, 403)
                assert answer.status_code == 401 or is_sign_in, (method, path)
    for role in ROLES if full else ("auditor",):
        walker = Walker(view, county, role, "health_bureau" if role == "liaison" else "")  # type: ignore[arg-type]
        for path in cases.each(routes(full)):
            for method in METHODS if full and not path.startswith(("/export", "/print")) else ("GET", "DELETE"):
                answer = walker.client.request(method, path)
                assert missing_headers(path, answer) == [], (role, method, path)
                assert answer.status_code in (404, 405) or method in ("GET", "HEAD", "POST"), (role, method, path)
                assert path not in NOWHERE or answer.status_code in (401, 404), (role, method, path)


def test_a_stolen_old_cookie_opens_nothing(view: str, county: Home, cases: Cases) -> None:
    walker = Walker(view, county, "steward")
    stolen = browser(view, walker.token)
    assert stolen.get("/export/findings.xlsx").status_code == 200
    Sessions(county).end(walker.token)
    for path in cases.each([*OPEN, *export_paths(), "/session", "/password"]):
        assert stolen.get(path).status_code == 401, path
    with pytest.raises(Exception, match="403"), Line(view, walker.token):
        pass
    cases.add()


def test_nothing_left_the_machine_while_the_view_was_walked(view: str, county: Home, cases: Cases) -> None:
    walker = Walker(view, county, "steward")
    walker.pages(["", "screen=check"])
    assert not (county.root.parent / "outbound.txt").exists()
    cases.add(len(walker.seen))


def test_a_view_with_faults_is_noticed_by_each_walk(county: Home, whole: Snapshot, secrets_of_people: Words) -> None:
    """Rows of everybody to a liaison, nothing masked, a wrong word, a header less, and a call to the outside."""
    faults = "scope masking words headers outbound"
    with view_without_cable(county, faults) as (view, notes):
        liaison, inspector = Walker(view, county, "liaison", "health_bureau"), Walker(view, county, "inspector")
        assert foreign_words_seen(liaison, whole, random.Random(SEED), False, lambda _: None)
        assert liaison.bare and {name for _, name in liaison.bare} == {"x-frame-options"}
        inspector.pages([f"screen=figure&metric={RICH[0]}&period=2024Q2&unit=health_bureau&side=denominator"])
        assert unmasked(inspector, secrets_of_people)
        late = next(row for row in whole.standings(standing="missing") if row["metric"])
        inspector.pages([f"screen=figure&metric={late['metric']}&period={late['period']}&unit={late['unit']}"])
        assert faults_of_words(inspector, inspector.seen)
        assert "socket.connect 192.0.2.1" in notes.read_text()
