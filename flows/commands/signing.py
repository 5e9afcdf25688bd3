"""report --sign and --changes: a year is pinned to its snapshot, rules and words; later rows are told beside it."""

from __future__ import annotations

import json as json_
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from app.wording import chosen_lang, day_words, text
from flows.commands.kept_files import keep, write_whole
from flows.commands.shared import Refused, out, print_json, print_table, say
from flows.settings import Settings
from warehouse.inbox import COUNTY_TIME
from warehouse.ledger import open_ledger
from warehouse.report_decisions import sign_report, signed_report
from warehouse.signed_year import SignedNightGone, keep_signed_night

if TYPE_CHECKING:
    from app.report.compose import Draft
    from app.report.figures import Figures
    from app.report.making import Made
    from warehouse.signed_year import ChangedFigure

Signature = dict[str, Any]


@contextmanager
def held_still(settings: Settings, is_signing: bool) -> Iterator[None]:
    """No night runs while a year is signed: one that began before would still judge it. Refuses while one runs."""
    from flows.night import NightRefused, locked

    if not is_signing:
        yield
        return
    try:
        with locked(settings.place):
            yield
    except NightRefused as error:
        raise Refused(str(error)) from None


def signed_now(settings: Settings, year: str) -> Signature | None:
    """The signature of a year that counts; None where nobody signed."""
    with open_ledger(settings.place, read_only=True) as ledger:
        return signed_report(ledger, year)


def sign_year(settings: Settings, figures: Figures, who: str | None, reason: str | None, json: bool) -> None:
    """Pin the year. Refuses one that is not over, sentences that nobody accepted, a second time without a reason."""
    from app.report.making import make_report, read_basis

    name = (who or "").strip()
    earlier = signed_now(settings, figures.year)
    if not name:
        raise Refused(say("sign_who"))
    if figures.snapshot.as_of <= date(int(figures.year), 12, 31):
        raise Refused(say("sign_not_over", year=figures.year, day=day_words(figures.snapshot.as_of, chosen_lang())))
    if earlier and not (reason or "").strip():
        raise Refused(say("sign_again", year=figures.year, who=earlier["who"], night=earlier["night"]))
    today = day_words(datetime.now(COUNTY_TIME).date(), "zh")
    basis = read_basis(settings.place, figures)
    basis = basis.model_copy(update={"signed": text("report.appendix.signed_by", "zh", who=name, day=today)})
    made = make_report(settings.place, figures.snapshot, figures, basis)
    if waiting := [one for one in made.report.drafts if not one.is_accepted]:
        raise Refused(_waiting(figures.year, waiting))
    night = figures.snapshot.meta["night"]
    keep_signed_night(settings.place, night)
    docx = made.written("docx")
    signed = {
        "year": figures.year, "snapshot": figures.snapshot.path.name, "night": night,
        "declarations_sha256": figures.snapshot.meta["declarations_sha256"],
        "figures_sha256": figures.snapshot.meta["figures_sha256"], "docx_sha256": keep(settings, docx),
        "basis_sha256": keep(settings, basis.model_dump_json().encode()), "reason": (reason or "").strip(),
    }  # fmt: skip
    with open_ledger(settings.place) as ledger:
        sign_report(ledger, signed, name)
    _tell_signed(made, write_whole(_path(settings, figures.year, night, "docx"), docx), signed | {"who": name}, json)


def _waiting(year: str, waiting: list[Draft]) -> str:
    lines = [f"  {one.id}: {one.text}" for one in waiting]
    return "\n".join([say("sign_drafts", year=year, count=len(waiting)), *lines])


def _tell_signed(made: Made, path: Path, signed: dict[str, Any], json: bool) -> None:
    gaps = sum(one.held != "figure" for one in made.report.figures)
    if json:
        print_json(signed | {"path": str(path), "gaps": gaps})
        return
    out.print(escape(say("signed", year=signed["year"], who=signed["who"], snapshot=signed["snapshot"], path=path)))
    out.print(escape(say("signed_gaps", gaps=gaps)) if gaps else "")


def write_signed(
    settings: Settings, figures: Figures, signature: Signature, form: str, path: Path | None, json: bool
) -> None:
    """The report as it was signed, with what changed since; unchanged, the very document that was signed."""
    from app.report.changes import change_blocks
    from app.report.figures import Figures
    from app.report.making import Basis, make_report
    from warehouse.snapshot import open_snapshot

    home, changes = settings.place, _changes(settings, figures, signature)
    pinned, document = home.snapshots / signature["snapshot"], home.archive / signature["docx_sha256"]
    if not pinned.exists():
        raise Refused(say("signed_gone", snapshot=pinned, document=document))
    tree = json_.loads((home.archive / signature["basis_sha256"]).read_text("utf-8"))
    basis = Basis.model_validate(tree, extra="ignore")
    with open_snapshot(pinned) as snapshot:
        blocks = change_blocks(changes, snapshot.declarations)
        made = make_report(home, snapshot, Figures(snapshot, figures.year), basis, blocks)
        is_same = form == "docx" and not changes and document.exists()
        view = f"http://127.0.0.1:{settings.ports.view}"
        content = document.read_bytes() if is_same else made.written(form, view)  # type: ignore[arg-type]
    name = signature["night"] + (f"_changes_{figures.snapshot.meta['night']}" if changes else "")
    written = write_whole(path or _path(settings, figures.year, name, form), content)
    if json:
        print_json(made.placements())
        return
    out.print(escape(say("signed_written", path=written, who=signature["who"], count=len(changes))))


def show_changes(settings: Settings, figures: Figures, json: bool) -> None:
    """What changed in a signed year. Refuses a year that nobody signed."""
    from app.report.changes import changes_json, difference_words, value_words

    signature = signed_now(settings, figures.year)
    if signature is None:
        raise Refused(say("not_signed", year=figures.year))
    changes = _changes(settings, figures, signature)
    if json:
        print_json(changes_json(changes))
        return
    lang = chosen_lang()
    metrics, units = figures.declarations.metrics, figures.declarations.units
    print_table(
        say("changes_title", year=figures.year, who=signature["who"], night=signature["night"]),
        tuple(say(f"changes_head.{name}") for name in ("metric", "period", "signed", "now", "difference")),
        (
            (
                f"{getattr(metrics[one.metric].label, lang) if one.metric in metrics else ''}\n[dim]{one.metric}[/]",
                f"{one.period}\n{getattr(units[one.unit].label, lang) if one.unit in units else one.unit or ''}",
                value_words(one.signed, one.is_rate),
                value_words(one.now, one.is_rate),
                difference_words(one, lang) + (text("report.changes.rule", lang) if one.is_rule else ""),
            )
            for one in changes
            if one.town is None and len(one.period) == 4
        ),
        say("no_changes", year=figures.year),
    )


def _changes(settings: Settings, figures: Figures, signature: Signature) -> list[ChangedFigure]:
    from app.report.changes import changes_of

    try:
        return changes_of(settings.place, figures.year, signature["night"], figures.snapshot)
    except SignedNightGone as error:
        raise Refused(str(error)) from None


def _path(settings: Settings, year: str, name: str, form: str) -> Path:
    return settings.place.reports / f"annual_report_{year}_{name}.{form}"
