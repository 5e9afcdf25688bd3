"""The page for a leader: at most five lines of what changed, who owns it, by when, each marked data or work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.lights import gravest_first
from app.markup import Html, joined, light, table, tag
from app.screens.tonight import changes_of, matter_of
from app.visit import Visit
from app.wording import text
from expectations.carried import DONE
from expectations.findings import is_overdue

MOST_LINES = 5
# Until these rows come or are put right nobody can say how the work itself stands.
OF_DATA = frozenset({"missing", "unsure", "error"})
Row = Mapping[str, Any]


def leader_content(visit: Visit) -> Html:
    """The gravest changes of the night; where fewer changed, findings past their deadline after them."""
    viewer, today = visit.viewer, visit.night["business_date"]
    findings = sorted(visit.findings, key=lambda row: (*gravest_first(row), row["due_on"]))
    open_ = [row for row in findings if row["state"] not in DONE]
    changes = changes_of(visit, findings)
    told = {row["id"] for _, row in changes}
    late = [("overdue", row) for row in open_ if is_overdue(row, today) and row["id"] not in told]
    lines = [_line(visit, kind, row) for kind, row in [*changes, *late][:MOST_LINES]]
    counts = viewer.say("leader.counts", open=len(open_), changed=len(changes),
                        overdue=sum(is_overdue(row, today) for row in open_))  # fmt: skip
    heads = [viewer.say(f"leader.{name}") for name in ("what", "matter", "owner", "due", "nature", "sentence")]
    none = viewer.say("tonight.no_change")
    shown = table(heads, lines, caption=viewer.say("leave.title_leader"), class_="rows", empty=none)
    return joined([tag("p", counts, class_="sentence"), shown, tag("p", viewer.say("leader.say"), class_="say")])


def _line(visit: Visit, kind: str, row: Row) -> list[object]:
    viewer = visit.viewer
    word = text(f"finding_changes.{kind}", viewer.lang)
    nature = viewer.say("leader.data" if is_about_data(row) else "leader.work")
    matter = joined([light(viewer, row["standing"]), matter_of(visit, row)], " ")
    return [
        word,
        matter,
        visit.unit_name(row["owner"]),
        row["due_on"].isoformat(),
        nature,
        row[f"sentence_{viewer.lang}"],
    ]


def is_about_data(finding: Row) -> bool:
    """Whether the data itself is at fault: what a file promises, an identity, or rows that are missing or in doubt."""
    return (finding["metric"] is None and not finding["entered"]) or finding["standing"] in OF_DATA
