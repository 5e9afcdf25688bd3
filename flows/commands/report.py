"""report: a year's report with its appendix, the sentences that people accept, and the sheets that units confirm."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from flows.commands.figures import check_unit, current_snapshot
from flows.commands.kept_files import keep, read_to_keep, write_whole
from flows.commands.report_check import CheckOption, check_report
from flows.commands.shared import HomeOption, JsonOption, Refused, existing_home, out, print_json, say, speaks_plainly
from flows.commands.signing import held_still, show_changes, sign_year, signed_now, write_signed
from flows.settings import Settings

if TYPE_CHECKING:
    from app.report.figures import Figures
    from app.report.making import Made

ALL = "all"
SCANS = (".pdf", ".ofd", ".jpg", ".jpeg", ".png", ".tif", ".tiff")
MOST_SCAN_BYTES = 50 * 1024 * 1024


class Form(StrEnum):
    """In which form a report is written."""

    docx = "docx"
    md = "md"
    html = "html"


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(speaks_plainly(report))


# Long on purpose: one command, and each of its options is a line.
def report(
    year: Annotated[str | None, typer.Argument(help="年度 / the year, as 2024", show_default=False)] = None,
    home: HomeOption = None,
    json: JsonOption = False,
    out_path: Annotated[Path | None, typer.Option("--out", help="写到哪里 / where to write")] = None,
    form: Annotated[Form, typer.Option("--format", help="docx, md, html")] = Form.docx,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="审定语句的id，或all / accept a proposed sentence, or all")
    ] = None,
    who: Annotated[str | None, typer.Option("--who", help="审定人 / who decides")] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="写数据确认单 / write the units' sheets")] = False,
    unit: Annotated[str | None, typer.Option("--unit", help="只写一个单位的 / of one unit only")] = None,
    confirmed: Annotated[
        str | None, typer.Option("--confirmed", help="该单位已盖章确认 / this unit has sealed its figures")
    ] = None,
    scan: Annotated[Path | None, typer.Option("--scan", help="盖章件的扫描件 / the scan of it")] = None,
    check: CheckOption = None,
    sign: Annotated[bool, typer.Option("--sign", help="签发：固定快照和口径 / sign: pin snapshot and rules")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="重新签发的原因 / why it is signed again")] = None,
    changes: Annotated[bool, typer.Option("--changes", help="签发后变化 / what changed since it was signed")] = False,
    current: Annotated[bool, typer.Option("--current", help="按当前快照写 / from the current snapshot")] = False,
) -> None:
    """年度报告、数据确认单、核对文稿 / a year's report with its appendix, confirmation sheets, any draft checked.

    --check 读docx、txt或标准输入（-），逐个标出相符、不符、无数据 / each number of a docx, txt or pasted text: agrees,
    differs (by how much), no rows. 不写年度时按文稿写的第一个年份 / without YEAR: the first that the text names.

    --sign 签发后，迟到的行列为签发后变化 / later rows are told as changes since it was signed.
    """
    if year is not None and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Refused(f"“{year}”不是年度，请写成2024 / is no year: write 2024")
    settings = existing_home(home)
    if check is not None:
        others = (confirm, confirmed, accept, out_path, sign, changes)
        check_report(settings, check, year, unit, json, is_alone=not any(others))
        return
    if sum(map(bool, (sign, changes, confirm, confirmed, accept))) > 1:
        raise Refused(say("report_one_thing"))
    with held_still(settings, sign), _figures(settings, year) as figures:
        if sign:
            sign_year(settings, figures, who, reason, json)
        elif changes:
            show_changes(settings, figures, json)
        elif confirm:
            _write_sheets(settings, figures, unit, out_path, json)
        elif confirmed is not None:
            _take_scan(settings, figures, confirmed, scan, who, json)
        elif accept:
            _accept(settings, figures, [name for each in accept for name in each.split(",") if name], who, json)
        elif not current and (signature := signed_now(settings, figures.year)):
            write_signed(settings, figures, signature, form.value, out_path, json)
        else:
            _write_report(settings, figures, form, out_path, json)


@contextmanager
def _figures(settings: Settings, year: str | None) -> Iterator[Figures]:
    """The year's figures of the current snapshot. Refuses a year of which nothing has come."""
    from app.report.figures import Figures

    if year is None:
        raise Refused(say("report_no_year"))
    with current_snapshot(settings) as snapshot:
        figures = Figures(snapshot, year)
        if figures.is_empty():
            raise Refused(say("report_empty", year=year))
        yield figures


def _write_report(settings: Settings, figures: Figures, form: Form, path: Path | None, json: bool) -> None:
    from app.report.making import make_report

    made = make_report(settings.place, figures.snapshot, figures)
    content = made.written(form.value, f"http://127.0.0.1:{settings.ports.view}")
    name = f"annual_report_{figures.year}_{figures.snapshot.meta['night']}.{form.value}"
    written = write_whole(path or settings.place.reports / name, content)
    if json:
        print_json(made.placements())
        return
    _tell(made, written)


def _tell(made: Made, written: Path) -> None:
    figures, drafts = made.report.figures, [one for one in made.report.drafts if not one.is_accepted]
    gaps = [one for one in figures if one.held != "figure"]
    out.print(escape(say("report_written", path=written, figures=len(figures), gaps=len(gaps), drafts=len(drafts))))
    for gap in gaps:
        out.print(f"  {escape(gap.gap)}  [dim]{gap.metric}[/]")
    for draft in drafts:
        out.print(f"  {escape(draft.id)}\n    [dim]{escape(draft.text)}[/]")


def _accept(settings: Settings, figures: Figures, names: list[str], who: str | None, json: bool) -> None:
    """A person stands behind proposed sentences as they read now."""
    from app.report.making import make_report
    from warehouse.ledger import open_ledger
    from warehouse.report_decisions import accept_sentences

    if not (who or "").strip():
        raise Refused(say("report_who"))
    drafts = {one.id: one for one in make_report(settings.place, figures.snapshot, figures).report.drafts}
    wanted = list(drafts) if ALL in names else names
    if unknown := [name for name in wanted if name not in drafts]:
        raise Refused(say("report_no_sentence", sentence=unknown[0], known=", ".join(drafts) or "—"))
    with open_ledger(settings.place) as ledger:
        accept_sentences(ledger, figures.year, {name: drafts[name].sha256 for name in wanted}, str(who).strip())
    accepted = [{"id": name, "text": drafts[name].text} for name in wanted]
    print_json(accepted) if json else out.print(escape(say("report_accepted", count=len(accepted), who=who)))


def _write_sheets(settings: Settings, figures: Figures, unit: str | None, folder: Path | None, json: bool) -> None:
    """One confirmation sheet per unit that has figures or deliveries of the year."""
    from app.report.confirmation import units_to_confirm, write_confirmation

    known = units_to_confirm(figures)
    asked = check_unit(figures.snapshot, unit)
    if asked is not None and asked not in known:
        raise Refused(say("report_nothing_of", unit=unit, year=figures.year))
    folder = folder or settings.place.reports / f"confirmation_{figures.year}"
    is_sample = figures.snapshot.meta["sample"] == "true"
    written = [
        write_whole(folder / f"confirmation_{figures.year}_{one}.docx", write_confirmation(figures, one, is_sample))
        for one in ([asked] if asked else known)
    ]
    print_json(list(map(str, written))) if json else out.print(
        escape(say("report_sheets", count=len(written), folder=folder))
    )


def _take_scan(settings: Settings, figures: Figures, unit: str, scan: Path | None, who: str | None, json: bool) -> None:
    """Keep the sealed sheet by its hash, and remember which figures it confirmed."""
    from warehouse.ledger import open_ledger
    from warehouse.report_decisions import confirm_figures

    unit_id = check_unit(figures.snapshot, unit) or ""
    if unit_id not in figures.units:
        raise Refused(say("report_nothing_of", unit=unit, year=figures.year))
    content = _scanned(scan)
    sha256 = keep(settings, content)
    name = scan.name if scan else ""
    with open_ledger(settings.place) as ledger:
        confirm_figures(
            ledger,
            {
                "unit": unit_id, "year": figures.year, "snapshot": figures.snapshot.path.name, "scan_sha256": sha256,
                "file_name": name, "figures_sha256": figures.unit_hash(unit_id),
            },
            (who or "").strip() or getpass.getuser(),
        )  # fmt: skip
    told = {"unit": unit_id, "year": figures.year, "scan_sha256": sha256, "figures": len(figures.units[unit_id])}
    print_json(told) if json else out.print(escape(say("report_confirmed", **told)))


def _scanned(scan: Path | None) -> bytes:
    """The bytes of a scan. Refuses what is none, what is too large, and a name with a secrecy mark."""
    if scan is None or not scan.is_file():
        raise Refused(say("report_no_scan"))
    if scan.suffix.lower() not in SCANS:
        raise Refused(say("report_not_a_scan", kinds=" ".join(SCANS)))
    return read_to_keep(scan, MOST_SCAN_BYTES, say("report_scan_size"))
