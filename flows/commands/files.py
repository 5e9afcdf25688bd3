"""check: what would become of a file, without keeping anything of it."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from flows.commands.shared import HomeOption, JsonOption, Refused, out, print_json, settings_of, speaks_plainly


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(speaks_plainly(check))


def check(
    files: Annotated[list[Path], typer.Argument(help="文件 / files", exists=True, dir_okay=False)],
    home: HomeOption = None,
    json: JsonOption = False,
    dataset: Annotated[str | None, typer.Option("--dataset", help="只按这个数据集读 / read as this dataset")] = None,
    supplier: Annotated[str | None, typer.Option("--supplier", help="报送单位 / the unit that supplies it")] = None,
) -> None:
    """试读文件 / dry run of files: what loads, what is quarantined or listed, and why."""
    from warehouse.declarations import read_declarations
    from warehouse.delivery import read_file, to_check_json
    from warehouse.inbox import COUNTY_TIME
    from warehouse.workdays import Calendar

    settings = settings_of(home)
    declared = read_declarations(settings.place.catalogue)
    if dataset is not None and dataset not in declared.contracts:
        known = ", ".join(declared.contracts)
        raise Refused(f"没有数据集“{dataset}”，可用的有 / no dataset “{dataset}”; known: {known}")
    if supplier is not None and supplier not in declared.units:
        raise Refused(f"没有单位“{supplier}” / no unit “{supplier}”")
    today = settings.night.business_date or datetime.now(COUNTY_TIME).date()
    calendar = Calendar(declared.holidays)
    results = []
    with tempfile.TemporaryDirectory(prefix="ducha-check-") as work:
        for number, path in enumerate(files):
            folder = Path(work) / str(number)
            read = read_file(
                path, path.name, supplier, declared, calendar, today, today, folder, "check", dataset=dataset
            )  # fmt: skip
            results.append(to_check_json(read))
    if json:
        print_json(results)
    else:
        for result in results:
            _print(result)


def _print(result: dict[str, Any]) -> None:
    out.print(f"[bold]{escape(result['file'])}[/]")
    if result["refused"]:
        out.print(f"  [red]✗ 拒收 / refused[/] {escape(result['refused']['say'])}")
    for sheet in result["sheets"]:
        listed = "、".join(f"{kind} {count}" for kind, count in sheet["listed"].items() if count)
        out.print(
            f"  {escape(sheet['sheet'] or '')} → {sheet['dataset'] or '—'}：读入 {sheet['rows']} 行"
            f" = 载入 {sheet['loaded']} + 隔离 {sheet['quarantined']} + 列明 {sum(sheet['listed'].values())}"
            + (f"（{listed}）" if listed else "")
        )
        for reason in sheet["reasons"]:
            out.print(f"    [yellow]● {reason['count']} 行 / rows[/] {reason['rule']} {reason['column'] or ''}")
            for example in reason["examples"]:
                out.print(f"      {example['cell'] or example['row']}：{escape(str(example['say']))}")
        for told in sheet.get("told", ()):
            out.print(f"    ○ {escape(str(told['say']))}")
