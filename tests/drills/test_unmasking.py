"""Personal data in the clear: by role, with a reason, one page of rows for one look, and in the audit each time."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from app.rights import ROLES, may, scope_of
from app.sign_in import COOKIE
from tests.app.walking import Drawn, Line, token_of
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.scope import ScopedSnapshot, UnmaskingRefused, open_snapshot_for
from warehouse.snapshot import Snapshot

METRIC, PERIOD, UNIT = "service_cases_on_time_rate", "2024Q2", "health_bureau"
AID = "legal_aid_accepted"
PAGE = f"screen=figure&metric={METRIC}&period={PERIOD}&side=denominator&unit={UNIT}"
REASON = "群众来访核对办件日期"
DATASETS = ("service_cases",)


@pytest.fixture(scope="module")
def names(whole: Snapshot) -> set[str]:
    """Applicants on the first page, who stand there as 张***."""
    rows = whole.trace(METRIC, PERIOD, UNIT, limit=100, masked=False)
    found = {row["applicant_name"] for row in rows if len(row["applicant_name"]) > 2}
    assert len(found) > 5
    return found


def looked(county: Home) -> list[dict[str, Any]]:
    with open_ledger(county, read_only=True) as ledger:
        assert ledger.verify_audit() == []
        return [row for row in ledger.audit() if row["action"] == "rows_unmasked"]


def seen(drawn: Drawn, names: set[str]) -> set[str]:
    return {name for name in names if name in drawn.text}


def form_of(drawn: Drawn, reason: str) -> dict[str, str | bool]:
    """The one form of the page, filled in and sent."""
    (why,), (button,) = drawn.of("text_input"), [one for one in drawn.of("button") if one.is_form_submitter]
    return {why.id: reason, button.id: True}


def source_page(row: dict[str, Any]) -> str:
    at = f"{row['_delivery']}|{row['_row']}|{row['_sheet']}"
    return "screen=figure&" + urlencode({"metric": METRIC, "source": at})


def test_the_read_api_gives_rows_in_the_clear_by_role_and_reason_alone(county: Home, whole: Snapshot) -> None:
    before = len(looked(county))
    for role in ROLES:
        unit = UNIT if role == "liaison" else ""
        with open_snapshot_for(whole.path, scope_of(role, unit)) as own:
            assert isinstance(own, ScopedSnapshot)
            masked = own.trace(METRIC, PERIOD, UNIT, limit=50)
            assert masked and own.trace(METRIC, PERIOD, UNIT, limit=50, masked=False) == masked
            held = own.quarantine(supplier=UNIT)
            assert own.quarantine(supplier=UNIT, dataset=list(whole.declarations.contracts), masked=False) == held
            assert own.listed(supplier=UNIT, masked=False) == own.listed(supplier=UNIT)
            if not may(role, "unmask"):
                with pytest.raises(UnmaskingRefused, match="role"):
                    own.in_the_clear(county, "x", REASON, DATASETS, {})
                continue
            for reason, datasets, why in (
                ("", DATASETS, "reason"),
                ("  核对  ", DATASETS, "reason"),
                (REASON, ("legal_aid_cases",), "sensitive"),
                (REASON, ("service_cases", "hotline_tickets"), "sensitive"),
                (REASON, ("no_such_dataset",), "sensitive"),
                (REASON, (), "sensitive"),
            ):
                with pytest.raises(UnmaskingRefused, match=why):
                    own.in_the_clear(county, "x", reason, datasets, {})
            assert len(looked(county)) == before
            clear = own.in_the_clear(county, f"a-{role}", REASON, DATASETS, {"metric": METRIC})
            before += 1
            plain = clear.trace(METRIC, PERIOD, UNIT, limit=50, masked=False)
            assert plain == whole.trace(METRIC, PERIOD, UNIT, limit=50, masked=False) != masked
            assert own.trace(METRIC, PERIOD, UNIT, limit=50, masked=False) == masked  # this one stays as it was
            # The right was given for these data: the helped stay masked under it, in a file's own line too.
            aid = clear.trace(AID, "2024", limit=5, masked=False)
            assert aid == whole.trace(AID, "2024", limit=5)
            (sent, helped) = ((one["_delivery"], one["_sheet"], one["_row"]) for one in (plain[0], aid[0]))
            assert clear.rows_behind(*sent, masked=False) == whole.rows_behind(*sent, masked=False)
            assert clear.rows_behind(*sent) == own.rows_behind(*sent, masked=False) == whole.rows_behind(*sent)
            assert clear.rows_behind(*helped, masked=False) == whole.rows_behind(*helped)
    assert [row["who"] for row in looked(county)][-2:] == ["a-inspector", "a-steward"]


def test_a_page_of_rows_is_clear_for_one_look_and_who_looked_is_in_the_audit(
    view: str, county: Home, names: set[str], whole: Snapshot
) -> None:
    before, token = len(looked(county)), token_of(county, "inspector", name="zhou")
    with Line(view, token) as line:
        first = line.ask(PAGE)
        assert seen(first, names) == set() and "查看未遮盖的个人信息" in first.text
        short = line.ask(PAGE, form_of(first, "看看"))
        assert seen(short, names) == set() and "至少8个字" in short.text and len(looked(county)) == before
        clear = line.ask(PAGE, form_of(first, REASON))
        assert seen(clear, names) == names and "已记入审计" in clear.text
        assert seen(line.ask(PAGE), names) == set()  # the next look is masked again
        assert len(looked(county)) == before + 1
        told = looked(county)[-1]
        assert told["who"] == "zhou" and told["at"] and told["detail"] == {
            "snapshot": whole.meta["night"], "metric": METRIC, "period": PERIOD, "unit": UNIT, "town": None,
            "side": "denominator", "start": 0, "count": len(whole.trace(METRIC, PERIOD, UNIT, limit=100)),
            "reason": REASON,
        }  # fmt: skip
        sensitive = line.ask(f"screen=figure&metric={AID}&period=2024&side=denominator")
        assert "对任何人都遮盖" in sensitive.text and not sensitive.of("text_input")
        # What is taken along right after the look is masked, in every form.
        with httpx.Client(cookies={COOKIE: token}, verify=False) as client:
            for path in ("print/figure", "export/figure.xlsx"):
                answer = client.get(f"{view}{path}?{PAGE}&masked=false&unmask=1&reason={REASON}")
                assert answer.status_code == 200
                told_ = answer.text if path == "print/figure" else words_of(answer.content)
                assert "***" in told_ and not [name for name in names if name in told_]
        assert len(looked(county)) == before + 1


def test_one_source_row_is_clear_for_one_look_by_role_and_reason(view: str, county: Home, whole: Snapshot) -> None:
    (row, *_), (aid, *_) = (whole.trace(*one, limit=1, masked=False) for one in ((METRIC, PERIOD, UNIT), (AID, "2024")))
    before, name = len(looked(county)), row["applicant_name"]
    page, helped = map(source_page, (row, aid))
    with Line(view, token_of(county, "inspector", name="zhou")) as line:
        first = line.ask(page)
        assert "***" in first.text and name not in first.text
        assert "至少8个字" in line.ask(page, form_of(first, "看看")).text and len(looked(county)) == before
        sent = form_of(first, REASON)
        clear = line.ask(page, sent)
        assert name in clear.text and "已记入审计" in clear.text
        assert name not in line.ask(page).text
        sensitive = line.ask(helped)
        assert "对任何人都遮盖" in sensitive.text and "***" in sensitive.text and not sensitive.of("text_input")
    told = looked(county)[before:]
    wanted = {"delivery": row["_delivery"], "row": row["_row"], "snapshot": whole.meta["night"], "reason": REASON}
    assert [(one["who"], one["detail"]) for one in told] == [("zhou", wanted)]
    with Line(view, token_of(county, "leader")) as line:
        forged = line.ask(page, sent)
        assert name not in forged.text and not forged.of("text_input")
    assert len(looked(county)) == before + 1


def test_who_may_not_gets_no_form_and_a_forged_one_shows_nothing(view: str, county: Home, names: set[str]) -> None:
    with Line(view, token_of(county, "steward")) as line:
        stolen = form_of(line.ask(PAGE), REASON)
    before = len(looked(county))
    for role in ROLES:
        if may(role, "unmask"):
            continue
        with Line(view, token_of(county, role, UNIT if role == "liaison" else "")) as line:
            forged = line.ask(f"{PAGE}&masked=false&unmask=1&reason={REASON}", stolen)
            assert "***" in forged.text and seen(forged, names) == set(), role
            assert not forged.of("text_input") and "未遮盖" not in forged.text, role
    assert len(looked(county)) == before


def words_of(workbook: bytes) -> str:
    with zipfile.ZipFile(BytesIO(workbook)) as package:
        return "\n".join(package.read(name).decode() for name in package.namelist() if name.endswith(".xml"))
