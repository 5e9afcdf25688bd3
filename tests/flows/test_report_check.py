"""`report --check`: a report with one number changed, a published report, a unit's report, and what is no report."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from app.report.checking import Checked, check_draft, year_of
from app.report.drafts import Draft, Marked, draft_of
from app.report.figures import Figures
from app.report.making import Made, make_report
from app.report.numbers import numbers_of
from app.report.patterns import Pattern
from app.report.phrases import patterns_of
from flows.night import Summary
from warehouse.home import Home
from warehouse.snapshot import open_current

Night = tuple[Path, Summary]
DUCHA = Path(sys.executable).with_name("ducha")
SEED = Path(__file__).parents[3] / "shared" / "seed"
# Where each value of the published report stands: the number as written, and at which of its occurrences in the text.
# Read off by hand; what each is worth is in figures.csv.
PLACES = {
    "awards": None, "cadre_class_kinds": None, "business_campaigns": None, "publicity_campaigns": None,
    "study_center_group_sessions": ("3期", 1), "study_standing_committee_sessions": ("2期", 1),
    "study_executive_meeting_sessions": ("2期", 2), "cadres_trained": ("超过2600人", 1),
    "standing_committee_law_topics": ("3次", 1), "rule_of_law_committee_meetings": ("1次", 1),
    "rule_of_law_special_meetings": ("2次", 1), "oversight_towns": ("19个", 1), "oversight_departments": ("34个", 1),
    "hall_departments": ("40个", 1), "hall_items": ("1732个", 1), "hall_staff": ("156名", 1),
    "service_cases_completed": ("9425件", 1), "grassroots_online_rate": ("100%", 1),
    "park_delegating_departments": ("19个", 2), "park_items": ("160项", 1), "intermediary_items_cancelled": ("42项", 1),
    "intermediary_items_kept": ("47项", 1), "town_items": ("128项", 1), "village_items": ("62项", 1),
    "joint_inspection_share": ("58.8%", 1), "random_inspection_department_coverage": ("100%", 2),
    "random_inspection_completion": ("100%", 2), "random_inspection_publicity": ("100%", 2),
    "supervision_participation": ("100%", 3), "supervision_claim_rate": ("100%", 3),
    "supervision_item_coverage": ("100%", 3), "supervision_accuracy": ("100%", 3), "checkup_enterprises": ("37家", 1),
    "checkup_risks_resolved": ("13条", 1), "county_normative_documents": ("5件", 2),
    "department_normative_documents": ("13件", 1), "filing_rate": ("100%", 4), "filing_pass_rate": ("100%", 4),
    "documents_cleaned": ("175件", 1), "documents_repealed_fair_competition": ("3份", 1),
    "contracts_reviewed": ("10件", 1), "executive_items_reviewed": ("162件次", 1),
    "executive_minutes_reviewed": ("12件次", 1), "special_minutes_reviewed": ("95件次", 1),
    "exempted_penalties": ("189件", 1), "mitigated_penalties": ("242件", 1), "lighter_penalties": ("124件", 1),
    "three_lists_published": ("三张", 1), "inspection_plan_units": ("20家", 1), "inspection_plans": ("481条", 1),
    "planned_inspection_rate": ("全部", 1), "officers_newly_qualified": ("158名", 1), "officers_total": ("1935名", 1),
    "officers_on_platform": ("全部", 2), "officer_trainings": ("47次", 1), "officer_training_rate": ("100%", 5),
    "supervised_units": ("32家", 1), "file_review_rounds": ("6次", 1), "files_reviewed": ("175件", 2),
    "mediations": ("7141件", 1), "industry_mediations": ("2552件", 1), "mediations_converted": ("无", 1),
    "county_centre_disputes": ("22件", 1), "reconsideration_cases": ("123件", 1), "county_defendant_suits": ("23件", 2),
    "pre_suit_mediations": ("10件", 2), "leaflets": ("7万余份", 1), "legal_consultations": ("2600余人次", 1),
    "publicity_audience": ("18万人次", 1), "model_households": ("291户", 1), "law_literate_people": ("873名", 1),
    "congress_suggestions": ("156件", 1), "conference_proposals": ("88件", 1), "proposal_meeting_rate": ("100%", 6),
    "proposal_reply_rate": ("100%", 6), "proposal_satisfaction_rate": ("100%", 6),
    "information_published": ("4274条", 1), "key_area_information": ("290条", 1),
    "grassroots_openness_updates": ("1452条", 1), "disclosure_requests": ("26件", 1),
    "disclosure_reply_rate": ("100%", 7), "credit_repairs": ("120多起", 1), "financing_applications": ("2949笔", 1),
    "financing_amount": ("132.3亿元", 1), "credit_graded_areas": ("4个", 2), "enterprises": ("15000多家", 1),
    "credit_check_rate": ("95%以上", 1),
}  # fmt: skip


class County:
    """A county after its night, ready to hold drafts of 2024 against."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        snapshot = open_current(self.home)
        assert snapshot is not None
        self.snapshot = snapshot
        self.figures = Figures(snapshot, "2024")
        self.patterns: list[Pattern] = patterns_of(snapshot.declarations)
        self.made: Made = make_report(self.home, snapshot, self.figures)

    def check(self, draft: Draft | str, unit: str | None = None) -> list[Checked]:
        """Every number of a draft."""
        return check_draft(self.figures, Draft(draft) if isinstance(draft, str) else draft, self.patterns, unit)

    def one(self, text: str, unit: str | None = None) -> Checked:
        """The only number of a text."""
        (found,) = self.check(text, unit)
        return found


@pytest.fixture(scope="module")
def clean(clean_night: Night) -> Iterator[County]:
    county = County(clean_night[0])
    yield county
    county.snapshot.close()


@pytest.fixture(scope="module")
def messy(sample_night: Night) -> Iterator[County]:
    county = County(sample_night[0])
    yield county
    county.snapshot.close()


@pytest.fixture(scope="module")
def document(messy: County) -> bytes:
    return messy.made.written("docx")


def seed_file(name: str) -> Path:
    path = SEED / name
    if not path.exists():
        assert not os.environ.get("CI"), f"{path} must be there in CI"
        pytest.skip(f"{path} is not here: this test reads it in place")
    return path


def nth(text: str, part: str, time: int) -> int:
    """Where a part of a text stands for the nth time."""
    return [match.start() for match in re.finditer(re.escape(part), text)][time - 1]


def test_every_number_of_our_own_report_agrees(messy: County, clean: County) -> None:
    for county in (messy, clean):
        found = county.check(draft_of(county.made.written("docx"), "r.docx"))
        said = {(one.figure.metric, one.figure.period) for one in found if one.figure}
        counted = {(one.metric, one.period) for one in county.made.report.figures if one.held == "figure"}
        assert said == counted and len(counted) > 110
        assert {one.state for one in found if one.figure} == {"agrees"}
    found = messy.check(draft_of(messy.made.written("docx"), "r.docx"))
    assert len({(one.start, one.figure and one.figure.metric) for one in found}) == len(found)
    unplaced = [one for one in found if not one.figure]
    # What its problems count: units that fall short, and what they should have reached.
    assert unplaced and all("没有达到要求" in one.sentence or "等" in one.sentence for one in unplaced)


def changed(words: str) -> Iterator[str]:
    """The text of a bookmark with its number one step higher, ten times as high, and with another first digit."""
    number = [one for one in numbers_of(words) if one.is_digits][-1]
    digits = re.search(r"[\d.]+", words[number.start :])
    assert digits is not None
    start, end = number.start + digits.start(), number.start + digits.end()
    value = Decimal(digits[0])
    step = Decimal(1).scaleb(min(0, int(value.as_tuple().exponent)))
    if value and value == value.to_integral_value() and words[end : end + 1] in "余多" and words[end:]:
        step = Decimal(10) ** (len(digits[0]) - len(digits[0].rstrip("0")))
    for other in (value + step, value * 10 + step, abs(value - step)):
        yield f"{words[:start]}{other}{words[end:]}"


def marks(draft: Draft) -> list[Marked]:
    """The bookmarks of figures that hold a number."""
    return [
        one for one in draft.marked
        if any(number.is_digits for number in numbers_of(draft.text[one.start : one.end]))
    ]  # fmt: skip


def test_any_number_that_is_changed_is_the_only_one_that_differs(messy: County, document: bytes) -> None:
    draft = draft_of(document, "r.docx")
    assert len(marks(draft)) > 110
    figures = {one.bookmark: one.figure for one in messy.made.report.placed}
    for mark in marks(draft):
        for other in changed(draft.text[mark.start : mark.end]):
            by = len(other) - (mark.end - mark.start)
            moved = [
                Marked(one.name, one.start + by * (one.start > mark.start), one.end + by * (one.end >= mark.end))
                for one in draft.marked
            ]
            text = draft.text[: mark.start] + other + draft.text[mark.end :]
            checked = messy.check(Draft(text, tuple(moved)))
            (found,) = [one for one in checked if one.state not in ("agrees", "not_placed")]
            assert (found.figure, found.state) == (figures[mark.name], "differs") and found.written.strip("“”") in other
            declared = messy.figures.declarations.metrics[figures[mark.name].metric]
            assert found.difference or "{value}" not in declared.report.printed


@pytest.mark.parametrize("at", range(0, 110, 6))
def test_a_number_changed_in_the_document_itself_is_named(messy: County, document: bytes, at: int) -> None:
    mark = marks(draft_of(document, "r.docx"))[at]
    edited = Document(io.BytesIO(document))
    start = next(one for one in edited.element.body.iter(qn("w:bookmarkStart")) if one.get(qn("w:name")) == mark.name)
    (said, *_) = start.getnext().iter(qn("w:t"))
    other = next(iter(changed(said.text)))
    # Word leaves a changed number in two runs.
    second = said.getparent().makeelement(said.getparent().tag)
    said.text, rest = other[:1], second.makeelement(said.tag)
    rest.text = other[1:]
    second.append(rest)
    said.getparent().addnext(second)
    file = io.BytesIO()
    edited.save(file)
    differing = [one for one in messy.check(draft_of(file.getvalue(), "r.docx")) if one.state == "differs"]
    assert [one.figure and one.figure.bookmark for one in differing] == [mark.name]


def test_our_report_without_its_bookmarks_is_known_by_its_words(messy: County, document: bytes) -> None:
    draft = draft_of(document, "r.docx")
    pasted = messy.check(draft_of(draft.text.encode("gb18030"), "r.txt"))
    assert Counter(one.state for one in pasted)["differs"] == 0
    by_mark = {(one.figure.metric, one.figure.period) for one in messy.check(draft) if one.figure}
    by_words = {(one.figure.metric, one.figure.period) for one in pasted if one.figure}
    # Titles and days that stand alone are known by their bookmark only.
    assert by_mark - by_words <= {
        ("intermediary_list_published", "2024"), ("decision_catalogue_published", "2024"), ("awards", "2024"),
        ("report_published_on", "2024"),
    }  # fmt: skip
    assert by_words <= by_mark


def test_the_published_report_is_placed_and_agrees_with_the_clean_county(clean: County) -> None:
    text = seed_file("lixian_2024.txt").read_text("utf-8")
    found = {(one.figure.metric, one.figure.period): one for one in clean.check(text) if one.figure}
    with seed_file("figures.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    wanted = [row for row in rows if row["value"]]
    assert len(wanted) == 88
    known = clean.figures.declarations.metrics
    right = []
    for row in wanted:
        one = found.pop((row["metric"], row["period"]), None)
        place = ("37.7%", 1) if row["period"] == "2023" else PLACES[row["metric"]]
        if one is None:
            assert row["metric"] not in known, row
            continue
        assert one.state == "agrees", row
        if place is None:  # so many things, named one by one
            assert len(re.split("、|以及", one.written)) == int(row["value"])
        else:
            assert (one.written, one.start) == (place[0], nth(text, *place)), row
        assert text[one.start : one.end] == one.written
        right.append(row["metric"])
    assert len(right) >= min(80, sum(row["metric"] in known for row in wanted))
    # Else only what it says in words or as a day is taken for a figure (全程列席), and no year is.
    spoken = {(row["metric"], row["period"]) for row in rows if not row["value"]}
    assert ("report_signed_on", "2024") in found and found.keys() <= spoken
    assert not any(re.search(r"\d(?!\d*[年月日])", one.written) for one in found.values())
    assert year_of(Draft(text)) == "2024"
    assert year_of(Draft("落实纲要（2021—2025年），２０２３年全县……")) == "2023" and year_of(Draft("没有年份")) is None


def test_a_difference_is_told_in_the_unit_of_the_text(clean: County) -> None:
    assert (clean.one("全年办理行政复议案件120件").difference, clean.one("办理行政复议案件123件").state) == (
        -3,
        "agrees",
    )
    share = clean.one("联合检查占比达到61.8%")
    assert share.figure is not None and share.figure.numerator and share.figure.denominator
    exact = share.figure.numerator / share.figure.denominator * 100
    assert share.state == "differs" and share.difference == (Decimal("61.8") - exact).quantize(Decimal("0.000001"))
    leaflets = clean.one("发放宣传资料9万余份")
    assert leaflets.state == "differs" and leaflets.scale == "万" and 1 < (leaflets.difference or 0) < 3
    assert clean.one("信用核查率达90%以上").state == "agrees"  # true, if modest
    assert clean.one("信用核查率达99%以上").state == "differs"
    assert clean.one("办理行政复议案件占100%").state == "not_placed"
    assert clean.one("办理行政复议案件１２３件").state == "agrees"


def test_what_nobody_can_say_is_said_so(clean: County) -> None:
    before = clean.one("2021年办理行政复议案件88件")
    assert (before.state, before.trace) == ("not_traced", None)
    later = clean.one("2025年办理行政复议案件200件")
    assert later.state == "no_rows" and later.figure is not None and later.figure.period == "2025"
    assert clean.one("开展志愿服务活动64场").written == "64场"


def test_a_units_own_report_is_held_against_its_own_figures(messy: County) -> None:
    figures = messy.figures
    unit = next(one for one in figures.units if "penalties_decided" in figures.units[one])
    own = int(figures.units[unit]["penalties_decided"]["numerator"])
    whole = int(figures.figure("penalties_decided").numerator or 0)
    assert own != whole
    text = f"全年办结行政处罚案件{own}件。"
    mine, county = messy.one(text, unit), messy.one(text)
    assert (mine.state, mine.unit, county.state, county.unit) == ("agrees", unit, "differs", None)
    assert mine.trace == f"ducha trace penalties_decided --period 2024 --unit {unit}"
    assert county.difference == own - whole
    office = next(name for name, one in figures.declarations.units.items() if one.kind == "office")
    assert messy.one(f"行政处罚案件{whole}件", office).state == "agrees"  # the office speaks for the county


def ducha(*words: str | Path, pasted: bytes = b"", code: int = 0) -> tuple[str, str]:
    """Run the installed command. Never a traceback."""
    done = subprocess.run([DUCHA, *map(str, words)], capture_output=True, input=pasted)
    said = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code and "Traceback" not in said[0] + said[1], said
    return said


def test_the_command_reads_a_file_or_pasted_text_and_says_which_year(sample_night: Night, tmp_path: Path) -> None:
    home, draft = sample_night[0], tmp_path / "工作总结.txt"
    draft.write_bytes("2024年，办理行政复议案件124件，走访[群众]300户。".encode("gb18030"))
    out, told = ducha("report", "--check", draft, "--home", home, "--json")
    placed, other = json.loads(out)
    assert placed == {
        "state": "differs", "metric": "reconsideration_cases", "period": "2024", "unit": None, "written": "124件",
        "start": 14, "end": 18, "sentence": "2024年，办理行政复议案件124件，走访[群众]300户", "printed": "123件",
        "numerator": 123, "denominator": None, "difference": 1,
        "trace": "ducha trace reconsideration_cases --period 2024",
    }  # fmt: skip
    assert (other["state"], other["metric"], other["written"]) == ("not_placed", None, "300户") and "2024" in told
    table = ducha("report", "2024", "--check", "-", "--home", home, pasted=draft.read_bytes())[0]
    assert all(
        word in table for word in ("不符", "未识别", "124件", "+1件", "[群众]", "ducha trace reconsideration_cases")
    )
    assert "共2个数字" in table
    assert (
        ducha("report", "2024", "--check", "-", "--home", home, pasted="没有".encode())[0].strip() == "文稿里没有数字"
    )


@pytest.mark.parametrize(
    ("words", "content", "said"),
    [
        (["--check", "{file}"], b"\xd0\xcf\x11\xe0", "save it as docx"),
        (["--check", "{file}"], "办理行政复议案件124件".encode(), "ducha report 2024 --check"),
        (["2024", "--check", "{file}", "--confirm"], "案件1件".encode(), "--confirm"),
        (["2024", "--check", "{file}", "--sign", "--who", "x"], "案件1件".encode(), "--sign"),
        (["2024", "--check", "{file}", "--unit", "火星局"], "案件1件".encode(), "火星局"),
        (["二〇二四", "--check", "{file}"], "案件1件".encode(), "2024"),
        (["2024", "--check", "/nowhere.docx"], b"", "/nowhere.docx"),
        ([], b"", "ducha report 2024"),
    ],
)
def test_wrong_use_is_a_sentence_and_code_2(
    sample_night: Night, tmp_path: Path, words: list[str], content: bytes, said: str
) -> None:
    file = tmp_path / "a.docx"
    file.write_bytes(content)
    given = [word.replace("{file}", str(file)) for word in words]
    assert said in "".join(ducha("report", *given, "--home", sample_night[0], code=2))


def test_a_zip_that_is_no_docx_is_refused(sample_night: Night, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as packed:
        packed.writestr("x.txt", "x")
    out = ducha("report", "2024", "--check", tmp_path / "a.docx", "--home", sample_night[0], code=2)
    assert "不能作为docx打开" in "".join(out)
