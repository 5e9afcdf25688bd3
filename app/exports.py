"""Leaving the screen: what a screen shows as xlsx, a figure or a unit as an A4 page, the annual report as docx.

Own routes beside the view, read through the same opening and the same drawing as the screens: a download holds what
the screen showed, of the same night, masked alike.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.audit_package import write_package
from app.bringing import NotLookedAt
from app.catalogue_desk import catalogue_book
from app.leader_page import leader_content
from app.markup import Html, anchor, badge, facts, joined, light, notice, table, tag
from app.opening import NothingToShow, opened, read_by
from app.report.figures import Figures
from app.report.making import make_report
from app.screens import (
    agenda,
    changes,
    deliveries,
    figure,
    findings,
    lights,
    operations,
    priorities,
    rectification,
    report,
    responsible,
    rules,
)
from app.screens.tonight import matter_of
from app.sign_in import COOKIE
from app.viewer import Viewer, read_viewer
from app.visit import Visit
from app.wording import day_words, state_word, text
from app.workbook import write_workbook
from expectations.carried import DONE
from warehouse.home import Home
from warehouse.yaml_reader import DeclarationError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

Draw = Callable[[Visit], Html]
SHEETS: dict[str, Draw] = {
    "lights": lights.content, "figure": figure.content, "findings": findings.content,
    "responsible": responsible.content, "priorities": priorities.content, "deliveries": deliveries.content,
    "rules": rules.content, "operations": operations.content, "changes": changes.content,
    "rectification": rectification.content,
}  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# One sheet of a spreadsheet holds a million rows; who needs more than this asks for a unit or a shorter period.
MOST_ROWS = 20_000
# Pages that belong to a screen of another name.
SCREEN_OF = {
    "unit": "findings", "agenda": "findings", "rectification": "findings", "leader": "tonight", "audit": "operations",
    "catalogue": "rules",
}  # fmt: skip
PAPER = Path(__file__).parent / "paper.css"
log = logging.getLogger("ducha.view")


def export_paths() -> tuple[str, ...]:
    """Every path that these routes answer."""
    tables, pages = (f"/export/{name}.xlsx" for name in SHEETS), (f"/print/{name}" for name in PAGES)
    return (*tables, *pages, "/export/report.docx", "/export/audit.zip", "/export/catalogue.xlsx")


def export_routes(home: Home) -> list[Route]:
    """The routes of one home, for the app behind the door."""
    from starlette.routing import Route

    answers: dict[str, Callable[[Visit], Response]] = {}
    answers |= {f"/export/{name}.xlsx": partial(_sheet, name, draw) for name, draw in SHEETS.items()}
    answers |= {f"/print/{name}": partial(_page, name, draw) for name, draw in PAGES.items()}
    answers |= {"/export/report.docx": _report, "/export/audit.zip": _audit, "/export/catalogue.xlsx": _catalogue}
    return [Route(path, partial(_answered, home, path, answer)) for path, answer in answers.items()]


def leaving(visit: Visit) -> Html:
    """The links by which the shown screen is taken along; nothing where there is nothing to take."""
    viewer, query, links = visit.viewer, visit.viewer.link(), []
    if viewer.screen in SHEETS and not viewer.asked.get("source"):
        links.append(anchor(f"export/{viewer.screen}.xlsx{query}", viewer.say("leave.xlsx")))
    if viewer.screen == "figure" and not viewer.asked.get("source"):
        links.append(anchor(f"print/figure{query}", viewer.say("leave.paper")))
    if viewer.screen == "findings":
        links.append(anchor(f"export/rectification.xlsx{query}", viewer.say("leave.rectification")))
    if viewer.screen == "findings" and viewer.asked.get("unit"):
        links.append(anchor(f"print/unit{query}", viewer.say("leave.unit")))
    if viewer.screen == "findings" and viewer.asked.get("show") == agenda.AGENDA:
        links.append(anchor(f"print/agenda{query}", viewer.say("leave.agenda")))
    if viewer.screen == "tonight" and not viewer.unit:
        links.append(anchor(f"print/leader{query}", viewer.say("leave.leader")))
    if viewer.screen == "report":
        links.append(anchor(f"export/report.docx{query}", viewer.say("report.download")))
    if viewer.screen == "operations":
        links.append(anchor(f"export/audit.zip{query}", text("audit_package.link", viewer.lang)))
    return tag("p", joined(links, "　"), class_="say leave") if links else Html("")


def _answered(home: Home, path: str, answer: Callable[[Visit], Response], request: Request) -> Response:
    """One answer. What cannot be given reads as a sentence, and is never a file."""
    screen = path.rpartition("/")[2].partition(".")[0]
    viewer = read_viewer({**request.query_params, "screen": SCREEN_OF.get(screen, screen)})
    try:
        viewer = read_by(home, viewer, request.cookies.get(COOKIE, ""))
        if screen == "leader" and viewer.unit:
            raise NothingToShow(viewer.say("trouble.not_yours"))
        with opened(home, viewer, MOST_ROWS) as visit:
            return answer(visit)
    except (NothingToShow, DeclarationError) as nothing:
        return _said(viewer, str(nothing), 404)
    except Exception:
        log.exception("%s failed: %s", path, dict(viewer.asked))
        return _said(viewer, viewer.say("trouble.broken"), 500)


def _said(viewer: Viewer, sentence: str, status: int) -> Response:
    from starlette.responses import HTMLResponse

    return HTMLResponse(_paper(viewer, notice(sentence, "warn")), status)


def _file(content: bytes, kind: str, name: str) -> Response:
    """A download under a name in ASCII letters, whatever the figures are called."""
    from starlette.responses import Response

    held = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=kind, headers=held)


def _sheet(name: str, draw: Draw, visit: Visit) -> Response:
    above = [f"{visit.county()} · {visit.viewer.say(f'nav.{name}')}", visit.stands()]
    above += [visit.viewer.say("sample")] if visit.is_sample else []
    content = write_workbook(draw(visit), above, visit.viewer.say(f"nav.{name}"))
    return _file(content, XLSX, f"{name}_{visit.night['id']}.xlsx")


def _report(visit: Visit) -> Response:
    """The draft of a year as docx; refuses (NothingToShow) a year without data."""
    years = report.report_years(visit)
    year = visit.viewer.asked.get("year", "")
    if year not in years:
        year = report.year_of(visit, years) if years and not year else ""
    if not year:
        raise NothingToShow(visit.viewer.say("report.none"))
    made = make_report(visit.home, visit.snapshot, Figures(visit.snapshot, year))
    return _file(made.written("docx"), DOCX, f"annual_report_{year}_{visit.night['id']}.docx")


def _audit(visit: Visit) -> Response:
    return _file(write_package(visit), "application/zip", f"audit_{visit.night['id']}.zip")


def _catalogue(visit: Visit) -> Response:
    """Refuses (NothingToShow) whoever does not keep the catalogue."""
    try:
        return _file(catalogue_book(visit), XLSX, f"catalogue_{visit.night['id']}.xlsx")
    except NotLookedAt as refused:
        raise NothingToShow(str(refused)) from None


def _page(name: str, draw: Draw, visit: Visit) -> Response:
    from starlette.responses import HTMLResponse

    viewer = visit.viewer
    mark = badge(viewer.say("sample"), "sample") if visit.is_sample else Html("")
    back = anchor("?" + viewer.link().partition("?")[2], viewer.say("leave.back"), class_="back")
    named = joined([visit.county(), viewer.say(f"leave.title_{name}")], " · ")
    title = tag("h1", joined([named, mark], " "))
    stands = tag("p", visit.stands(), class_="stands")
    return HTMLResponse(_paper(viewer, joined([back, title, stands, draw(visit)]), name))


def _paper(viewer: Viewer, inner: Html, name: str = "") -> str:
    """A page without scripts that prints on A4. Its links lead back into the view."""
    lang = "zh-CN" if viewer.lang == "zh" else "en"
    style = (Path(__file__).parent / "theme.css").read_text("utf-8") + PAPER.read_text("utf-8")
    body = inner.replace('href="?', 'href="/?')
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f"<head>{meta}<title>{viewer.say('product')}</title><style>{style}</style></head>"
    page = tag("body", Html(body), class_=f"paper {name}".strip(), data_testid="stHtml")
    return f'<!DOCTYPE html>\n<html lang="{lang}">{head}{page}</html>\n'


def _unit(visit: Visit) -> Html:
    """The findings of one unit that are not closed, the gravest first, with what to do by when.

    Refuses (NothingToShow) a unit that is not declared.
    """
    viewer, asked = visit.viewer, visit.viewer.asked.get("unit", "")
    if asked not in visit.declarations.units:
        raise NothingToShow(viewer.say("figure.unknown", asked=asked))
    open_ = [row for row in visit.findings if row["owner"] == asked and row["state"] not in DONE]
    heads = [viewer.say(f"findings.{name}") for name in ("id", "matter", "standing", "state", "due", "sentence")]
    rows = [
        [row["id"], matter_of(visit, row), light(viewer, row["standing"]), state_word(row["state"], viewer.lang),
         row["due_on"].isoformat(), row[f"sentence_{viewer.lang}"]]
        for row in sorted(open_, key=findings.gravest_then_due)
    ]  # fmt: skip
    on = day_words(visit.night["business_date"], viewer.lang)
    return joined([
        tag("h2", visit.unit_name(asked), class_="part"),
        facts([(viewer.say("leave.open"), str(len(rows))), (viewer.say("leave.as_of"), on)]),
        table(heads, rows, caption=visit.unit_name(asked), class_="rows", empty=viewer.say("findings.none")),
        tag("p", viewer.say("leave.caution"), class_="say"),
    ])  # fmt: skip


PAGES: dict[str, Draw] = {"figure": figure.content, "unit": _unit, "leader": leader_content, "agenda": agenda.content}
