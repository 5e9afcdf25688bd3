"""What a file would become, drawn: counts, what would be set aside with each bad cell marked, what would load."""

from __future__ import annotations

from collections.abc import Mapping

from app.markup import Html, facts, joined, notice, table, tag
from app.visit import Visit
from app.wording import has_text, period_words, text
from warehouse.looked_at import MOST_WRONG, FileSeen, Said, SheetSeen, WrongRow

SIGN = "×"


def looked_at(visit: Visit, found: FileSeen) -> Html:
    """The whole answer: why nothing would load, or sheet by sheet what would."""
    viewer = visit.viewer
    pairs: list[tuple[str, object]] = [
        (viewer.say("bring.file"), found.name),
        (viewer.say("bring.unit"), visit.unit_name(found.unit) if found.unit else viewer.say("bring.not_known")),
    ]
    parts: list[object] = [tag("h2", viewer.say("bring.result"), class_="part"), facts(pairs)]
    if found.refused:
        kind = "note" if found.may_be_brought else "warn"
        parts.append(notice(said(visit, found.refused), kind))
    if found.may_be_brought and not found.unit:
        names = text("letters.join", viewer.lang).join(visit.unit_name(unit) for unit in found.suppliers[:8])
        parts.append(notice(viewer.say("bring.choose_unit", units=names or "—"), "warn"))
    parts += [_sheet(visit, one) for one in found.sheets]
    if not found.may_be_brought:
        parts.append(tag("p", viewer.say("bring.nothing_loads"), class_="sentence"))
    return joined(parts)


def said(visit: Visit, one: Said) -> str:
    """A sentence in the reader's language."""
    return one.en if visit.viewer.lang == "en" else one.zh


def _sheet(visit: Visit, one: SheetSeen) -> Html:
    viewer = visit.viewer
    title = " · ".join(filter(None, [one.sheet, visit.dataset_name(one.dataset)]))
    head = tag("h3", title, class_="part")
    told = [tag("li", said(visit, each)) for each in one.told]
    notes = tag("ul", joined(told), class_="told") if told else Html("")
    if one.refused:
        return joined([head, notice(said(visit, one.refused), "warn")])
    if not one.rows:
        return joined([head, notes])
    counts = viewer.say("deliveries.counts", rows=one.rows, loaded=one.loaded, quarantined=one.quarantined,
                        listed=sum(one.listed.values()))  # fmt: skip
    pairs: list[tuple[str, object]] = [
        (viewer.say("deliveries.covers"), _periods(visit, one)), (viewer.say("deliveries.rows"), counts),
    ]  # fmt: skip
    if one.listed:
        pairs.append((viewer.say("deliveries.listed"), _listed(visit, one.listed)))
    lead = viewer.say("bring.wrong" if one.quarantined else "bring.all_right", n=one.quarantined, loaded=one.loaded)
    outcome = notice(said(visit, one.outcome), "warn") if one.outcome else Html("")
    parts = [head, tag("p", lead, class_="sentence"), outcome, facts(pairs), notes, _wrong(visit, one)]
    return joined([*parts, _right(visit, one)])


def _periods(visit: Visit, one: SheetSeen) -> str:
    names = [period_words(period, visit.viewer.lang) for period in one.periods]
    return names[0] if len(names) == 1 else f"{names[0]} – {names[-1]}" if names else "—"


def _listed(visit: Visit, listed: Mapping[str, int]) -> str:
    lang = visit.viewer.lang
    words = [
        f"{text(f'listed_kinds.{kind}', lang) if has_text(f'listed_kinds.{kind}') else kind} {count}"
        for kind, count in listed.items()
    ]
    return text("letters.join", lang).join(words)


def _wrong(visit: Visit, one: SheetSeen) -> Html:
    """The rows that would be set aside as the sheet has them: each bad cell coloured, signed and told."""
    if not one.wrong:
        return Html("")
    viewer = visit.viewer
    columns = list(dict.fromkeys(name for row in one.wrong for name in (*row.cells, *_headers(row))))
    heads = [viewer.say("bring.row"), viewer.say("bring.what_to_do"), *columns]
    rows = [[_place(visit, row), _faults(visit, row), *(_cell(row, name) for name in columns)] for row in one.wrong]
    title = viewer.say("bring.wrong_rows")
    shown = table(heads, rows, caption=title, class_="rows wrong")
    cut = viewer.say("bring.first_wrong", shown=MOST_WRONG, of=one.quarantined)
    more = tag("p", cut, class_="say") if one.quarantined > len(one.wrong) else Html("")
    legend = tag("p", viewer.say("bring.legend", sign=SIGN), class_="say")
    return joined([tag("h3", title, class_="part"), legend, more, shown])


def _headers(row: WrongRow) -> list[str]:
    return [fault.header for fault in row.faults if fault.header]


def _place(visit: Visit, row: WrongRow) -> str:
    return visit.viewer.say("bring.row_n", n=row.row)


def _faults(visit: Visit, row: WrongRow) -> Html:
    """One line a fault: the sign, where it stands, and the sentence that says what to do."""
    lines = []
    for fault in row.faults:
        where = " ".join(filter(None, [fault.cell, fault.header]))
        lines.append(tag("span", f"{SIGN} {where} {said(visit, fault.said)}".replace("  ", " "), class_="said"))
    return joined(lines, "<br>")


def _cell(row: WrongRow, name: str) -> Html | str:
    value = row.cells.get(name, "")
    if name not in _headers(row):
        return value
    return tag("span", joined([tag("b", SIGN), value or "—"], " "), class_="cell_wrong")


def _right(visit: Visit, one: SheetSeen) -> Html:
    """The first rows that load, as they were understood: dates, units and amounts as the system has them."""
    if not one.right or not one.dataset:
        return Html("")
    viewer, datasets = visit.viewer, (one.dataset,)
    columns = [name for name in one.right[0] if name != "_row"]
    heads = [viewer.say("bring.row"), *(visit.column_name(name, datasets) for name in columns)]
    rows = [
        [viewer.say("bring.row_n", n=row["_row"]), *(visit.shown(row[name], name, datasets) for name in columns)]
        for row in one.right
    ]
    title = viewer.say("bring.right_rows", n=len(rows))
    return joined([tag("h3", title, class_="part"), table(heads, rows, caption=title, class_="rows")])
