"""Legal check-ups of enterprises and the year's named campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.firms import IN_STOCK, Firm
from flows.sample_county.setting import Setting

UNIT, CHECKUPS, CAMPAIGNS = "justice_bureau", "legal_checkups", "special_campaigns"
# The published figures: 37 enterprises, 13 risks resolved; two were visited twice, and two risks stay open.
ENTERPRISES, AGAIN, RESOLVED, OPEN = 37, 2, 13, 2
LEADS = ("market_bureau", "approval_bureau", "justice_bureau", "education_bureau", "civil_affairs_bureau")


def help_exports(setting: Setting, firms: Sequence[Firm]) -> Iterator[Export]:
    """Two yearly files of the justice bureau; that of the check-ups ends in a total."""
    checkups = Layout(
        "html",
        setting.text(CHECKUPS, "title"),
        encoding="gb18030",
        alias=1,
        serial=True,
        dates=("chinese", "dot", "slash"),
        empties=("", "—"),
        total=True,
        notes=setting.notes(),
    )
    campaigns = Layout(
        "csv",
        setting.text(CAMPAIGNS, "title"),
        encoding="gb18030",
        header_spaces=True,
        dates=("iso", "slash", "full_width"),
        brackets=tuple(setting.words["normative_documents"]["brackets"]),
        notes=setting.notes(),
    )
    for dataset, layout, rows, left in (
        (CHECKUPS, checkups, list(_checkups(setting, firms)), 5),
        (CAMPAIGNS, campaigns, list(_campaigns(setting)), 8),
    ):
        arrives = setting.arrival(dataset, str(setting.year), left)
        yield Export(dataset, UNIT, setting.text(dataset, "file"), layout, rows, arrives)


def _checkups(setting: Setting, firms: Sequence[Firm]) -> Iterator[Row]:
    rnd = setting.random(CHECKUPS)
    chosen = rnd.sample(range(IN_STOCK), ENTERPRISES)
    resolved = set(rnd.sample(range(ENTERPRISES), RESOLVED))
    still_open = set(sorted(resolved)[:OPEN])
    for at, serial in enumerate([*chosen, *chosen[:AGAIN]]):
        days = setting.workdays(setting.year, 2 + at % 8 if at < ENTERPRISES else 11)
        on = days[(at * 3) % len(days)]
        lawyer, _ = setting.people.person()
        is_first = at < ENTERPRISES
        yield {
            "enterprise_name": firms[serial].name,
            "credit_code": firms[serial].code,
            "checked_on": on,
            "law_firm": rnd.choice(setting.words[CHECKUPS]["firms"]),
            "lawyer_name": lawyer,
            "risks_found": Decimal(int(at in resolved) + int(at in still_open)) if is_first else Decimal(0),
            "risks_resolved": Decimal(int(at in resolved)) if is_first else Decimal(0),
            "reported_on": on + timedelta(days=rnd.randint(3, 20)),
        }


def _campaigns(setting: Setting) -> Iterator[Row]:
    words, serial = setting.words[CAMPAIGNS], 0
    for kind in ("enterprise", "publicity", "other"):
        for name in words[kind]:
            serial += 1
            days = setting.workdays(setting.year, 1 + serial)
            yield {
                "campaign_name": name,
                "kind": kind,
                "lead_unit": LEADS[serial % len(LEADS)],
                "document_number": setting.text(CAMPAIGNS, "number", serial=serial + 3),
                "started_on": days[serial],
                "ended_on": days[serial] + timedelta(days=30 if kind == "publicity" else 140),
            }
