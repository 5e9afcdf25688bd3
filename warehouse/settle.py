"""Which deliveries stand: duplicates, replaced versions, and replacements that are held for the clerk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

MAY_DROP = Decimal("0.20")

# A 更正单 is no dataset: under this name its line in the ledger waits, stands, or says which of its lines have ended.
CORRECTIONS = "corrections"


@dataclass(frozen=True)
class Version:
    """One loaded delivery. `sheet` is the file as shown with its sheet; `mode` is the contract's.

    `amends`: of a return slip, the delivery whose rows it corrects.
    """

    delivery_id: str
    dataset: str
    supplier: str
    sha256: str
    sheet: str
    coverage_start: date
    coverage_end: date
    mode: str
    amends: str = ""


def same_version(new: Version, in_force: Iterable[Version]) -> Version | None:
    """The version in force that `new` repeats: same supplier, dataset, coverage and bytes."""
    for old in in_force:
        same_slice = (old.dataset, old.supplier, old.coverage_start, old.coverage_end) == (
            new.dataset,
            new.supplier,
            new.coverage_start,
            new.coverage_end,
        )
        if same_slice and (old.sha256, _inner(old.sheet)) == (new.sha256, _inner(new.sheet)):
            return old
    return None


def _inner(sheet: str) -> str:
    """The part of a sheet's name that does not change when the file is renamed."""
    return sheet.partition("/")[2]


def standing_versions(versions: Sequence[Version]) -> list[Version]:
    """The versions that still carry rows, in the order they were applied.

    A `replace` version is gone once later ones of its supplier cover its whole slice;
    an `upsert` version always stays, since its rows go one by one. A return slip stands as long as what it amends.
    """
    whole = _whole_versions([version for version in versions if not version.amends])
    standing = {version.delivery_id for version in whole}
    return [version for version in versions if (version.amends or version.delivery_id) in standing]


def _whole_versions(versions: Sequence[Version]) -> list[Version]:
    kept: list[Version] = []
    covered: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for version in reversed(versions):
        if version.mode == "upsert":
            kept.append(version)
            continue
        later = covered.setdefault((version.dataset, version.supplier), [])
        if not _is_covered(version.coverage_start, version.coverage_end, later):
            kept.append(version)
        later.append((version.coverage_start, version.coverage_end))
    return kept[::-1]


def standing_again(came: Iterable[Mapping[str, Any]]) -> list[str]:
    """Replaced deliveries of a supplier's dataset (rows of the ledger) that nothing in force covers any more."""
    rows = [row for row in came if row["state"] in ("in_force", "replaced")]
    versions = [
        Version(
            row["id"], row["dataset"], row["supplier"], row["sha256"], row["sheet"],
            row["coverage_start"], row["coverage_end"], "replace",  # only such deliveries are ever replaced
            row["amends"] or "",
        )
        for row in rows
        if row["coverage_start"]
    ]  # fmt: skip
    standing = {version.delivery_id for version in standing_versions(versions)}
    return [row["id"] for row in rows if row["state"] == "replaced" and row["id"] in standing]


def resting_on(row: Mapping[str, Any], known: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What goes out with a delivery: the slips that amend it; with a list of corrections each of its lines."""
    is_list = row["dataset"] == CORRECTIONS
    return [
        one
        for one in known
        if one["amends"] and one["state"] == "in_force" and one["id"] != row["id"]
        if one["amends"] == row["id"] or (is_list and one["sha256"] == row["sha256"])
    ]


def _is_covered(start: date, end: date, spans: Iterable[tuple[date, date]]) -> bool:
    """Whether the spans, which may touch or overlap, cover every day from start to end."""
    reached = start.toordinal()
    for first, last in sorted(spans):
        if first.toordinal() <= reached:
            reached = max(reached, last.toordinal() + 1)
    return reached > end.toordinal()


@dataclass(frozen=True)
class Held:
    """Why a replacement waits for the clerk's `delivery accept`."""

    code: str
    say: str
    say_en: str


def why_held(old_rows: int, dropped: int, cited: Sequence[str]) -> Held | None:
    """Whether a replacement drops too much of its slice, or rows that an open finding rests on.

    `old_rows`: rows of the slice now; `dropped`: those whose key the new file lacks;
    `cited`: keys of dropped rows behind open findings, as people read them.
    """
    if cited:
        shown, shown_en = "、".join(cited[:5]), ", ".join(cited[:5])
        return Held(
            "drops_cited_rows",
            f"新文件缺少未销号问题所依据的{len(cited)}行（{shown}），已暂缓载入，昨日数据保留，请核实后确认",
            f"the new file lacks {len(cited)} rows behind open findings ({shown_en}); held, yesterday's rows stand",
        )
    if old_rows and dropped > old_rows * MAY_DROP:
        return Held(
            "shrinks",
            f"新文件比现有数据少{dropped}行（共{old_rows}行，超过20%），已暂缓载入，昨日数据保留，请核实后确认",
            f"the new file drops {dropped} of {old_rows} rows (over 20 %); held, yesterday's rows stand",
        )
    return None
