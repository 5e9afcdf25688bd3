"""Which number says which metric, by the words around it and never by its value."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.report.numbers import numbers_of, plain_text, read_number, written_end
from app.report.patterns import Pattern, read_pattern
from app.report.phrases import find_said, packaged_metrics, patterns_of
from warehouse.declarations import Declarations, read_declarations
from warehouse.yaml_reader import DeclarationError

Found = set[tuple[str, int, str]]


@pytest.fixture(scope="module")
def declared() -> Declarations:
    return read_declarations()


@pytest.fixture(scope="module")
def patterns(declared: Declarations) -> list[Pattern]:
    return patterns_of(declared)


def said(text: str, patterns: list[Pattern]) -> Found:
    """(metric, year, as written) of every figure in a text of the year 2024."""
    plain = plain_text(text, is_paged=True)
    found = find_said(plain, 2024, patterns)
    for one in found:
        assert plain.text[one.start : one.end]
    return {(one.metric, one.year, text[slice(*plain.span(one.start, one.end))]) for one in found}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # One number twice means two things.
        ("评查执法案卷31件。清理规范性文件31件。", {("files_reviewed", 2024, "31")}),
        # Three rates share one percentage; a longer name takes its number from a shorter one.
        (
            "承办建议提案的见面率、答复率、满意率均达到97%。",
            {(f"proposal_{kind}_rate", 2024, "97") for kind in ("meeting", "reply", "satisfaction")},
        ),
        (
            "规范性文件报送率为96%，规范性文件按时报送率91%。",
            {("filing_rate", 2024, "96"), ("filing_on_time_rate", 2024, "91")},
        ),
        (
            "行专调委会调解矛盾纠纷20件，各类组织共调解矛盾纠纷90件。",
            {("industry_mediations", 2024, "20"), ("mediations", 2024, "90")},
        ),
        (
            "行业性组织调解纠纷20件，全县调处纠纷90件，政务服务办件700件。",
            {("industry_mediations", 2024, "20"), ("mediations", 2024, "90"), ("service_cases_completed", 2024, "700")},
        ),
        # Full-width digits, blanks around numbers, narrow and wide quotation marks, a number broken off by a page.
        ("办理行政复议案件１２３件。", {("reconsideration_cases", 2024, "１２３")}),
        ("办理行政复议案件 1,230 件；", {("reconsideration_cases", 2024, "1,230")}),
        ('更新"两化"平台信息 52 条', {("grassroots_openness_updates", 2024, "52")}),
        (
            "围绕社会矛盾纠纷依法有效化解这项工作，全县各镇（街道）全年办理行政复\n议案件12件",
            {("reconsideration_cases", 2024, "12")},
        ),
        # With scale and qualifier.
        (
            "发放宣传资料近7.5万份、受教育群众18万人次",
            {("leaflets", 2024, "近7.5万"), ("publicity_audience", 2024, "18万")},
        ),
        ("信用核查率达95%以上", {("credit_check_rate", 2024, "95")}),
        # Words that state a figure.
        ("在岗执法人员全部纳入执法信息平台", {("officers_on_platform", 2024, "全部")}),
        # The year before, by its own phrase, by a word, by its number.
        (
            "部门联合检查占比从去年的30.5%上升到41%",
            {("joint_inspection_share", 2023, "30.5"), ("joint_inspection_share", 2024, "41")},
        ),
        ("去年办理行政复议案件88件", {("reconsideration_cases", 2023, "88")}),
        (
            "2023年，办理行政复议案件88件，接受法院诉前调解委托9件",
            {("reconsideration_cases", 2023, "88"), ("pre_suit_mediations", 2024, "9")},
        ),
        (
            "负责人出庭应诉率从2023年的95%提高到98%",
            {("court_appearance_rate", 2023, "95"), ("court_appearance_rate", 2024, "98")},
        ),
        ("2025年办理行政复议案件200件", {("reconsideration_cases", 2025, "200")}),
        # What is no figure: how much it grew, what it should be, another thing of a similar name.
        ("负责人出庭应诉率同比提高3.2%", set()),
        ("明年力争办理行政复议案件200件", set()),
        ("诉前委托调解18件，比2023年增长20%", {("pre_suit_mediations", 2024, "18")}),
        ("执法人员参训率没有达到要求（不低于100%）", set()),
        ("法治宣传活动发放雨伞300把", set()),
    ],
)
def test_a_figure_is_known_by_its_words(text: str, wanted: Found, patterns: list[Pattern]) -> None:
    found = said(text, patterns)
    assert found - {("documents_cleaned", 2024, "31")} == wanted  # a metric that is still to come on some branches


def test_no_value_is_ever_looked_at(patterns: list[Pattern]) -> None:
    text = "共调解矛盾纠纷{}件，其中行专调委会调解矛盾纠纷{}件，评查执法案卷{}件"
    places = {
        tuple(sorted(metric for metric, _, _ in said(text.format(*values), patterns)))
        for values in ((1, 2, 3), (3, 2, 1), (7141, 2552, 175), (175, 175, 175), ("9万余", "八", "12,345"))
    }
    assert places == {("files_reviewed", "industry_mediations", "mediations")}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2024年1月24日印发澧政发〔2024〕5号和第783号令，（2021—2025年）", []),
        ("1.开展培训3.5万次\n（2）检查2家", ["3.5万", "2"]),
        ("“1+X”模式、12345热线、2024-05-01、2024/5/1、9时", []),
        ("办结9,425件，占19.2%，金额132.3亿元、10余万元、超过3百户", ["9,425", "19.2", "132.3亿", "10余万", "超过3百"]),
        ("最近3年，任职30年以上", ["30"]),
    ],
)
def test_days_numbers_of_documents_and_headings_are_no_numbers(text: str, numbers: list[str]) -> None:
    plain = plain_text(text).text
    assert [plain[one.start : one.end] for one in numbers_of(plain) if one.is_digits] == numbers


@pytest.mark.parametrize("text", ["1" * 400_000, "从" * 400_000 + "5%", "开展涉企" + "甲乙、" * 100_000])
def test_a_text_made_to_be_slow_is_read_all_the_same(text: str, patterns: list[Pattern]) -> None:
    began = time.monotonic()
    assert find_said(plain_text(text, is_paged=True), 2024, patterns) == []
    assert time.monotonic() - began < 20  # half a second; minutes where a pattern looks back over all of it


def test_a_row_of_a_table_ends_where_its_line_ends(patterns: list[Pattern]) -> None:
    rows = "各单位报送情况一览表其中执法监督检查执法单位（截至年底）\n镇（街道）32家"
    assert find_said(plain_text(rows), 2024, patterns) == []
    assert [one.metric for one in find_said(plain_text(rows, is_paged=True), 2024, patterns)] == ["supervised_units"]


def test_a_number_is_read_with_its_qualifier_and_unit() -> None:
    def read(text: str, unit: str = "") -> tuple[str, str, str]:
        plain = plain_text(text).text
        number = next(one for one in numbers_of(plain))
        stated = read_number(plain, number)
        assert stated is not None
        return f"{stated.value.normalize():f}", stated.qualifier, plain[number.start : written_end(plain, number, unit)]

    assert read("７万余份", "份") == ("70000", "over", "7万余份")
    assert read("核查率95％以上的") == ("0.95", "at_least", "95%以上")
    assert read("近 1.6 万 件次") == ("16000", "nearly", "近1.6万件次")
    assert read("三张清单", "张") == ("3", "exact", "三张")
    plain = plain_text("超过3件以下").text
    assert read_number(plain, numbers_of(plain)[0]) is None  # says two things at once


@pytest.mark.parametrize("text", ["诉前委托", "{n}和{n}件", "{n}", "*{n}", "{m}件"])
def test_a_phrase_needs_words_and_one_place_for_the_figure(text: str) -> None:
    with pytest.raises(DeclarationError, match="filing_rate"):
        read_pattern(text, "filing_rate")


def test_a_home_adds_its_own_words_and_is_told_of_a_metric_that_is_none(tmp_path: Path, declared: Declarations) -> None:
    own = tmp_path / "report" / "phrases.yml"
    own.parent.mkdir()
    own.write_text('leaflets: "印发明白纸{n}张"\njoint_inspection_share: [{previous: "上期联查占{n}%"}]\n', "utf-8")
    mine = patterns_of(declared, tmp_path)
    assert said("印发明白纸８00张，上期联查占5%", mine) == {
        ("leaflets", 2024, "８00"), ("joint_inspection_share", 2023, "5"),
    }  # fmt: skip
    own.write_text('leaflet: "印发明白纸{n}张"\n', "utf-8")
    with pytest.raises(DeclarationError, match="leaflets"):
        patterns_of(declared, tmp_path)
    own.write_text('leaflets: {before: "印发{n}张"}\n', "utf-8")
    with pytest.raises(DeclarationError, match="previous"):
        patterns_of(declared, tmp_path)


def test_phrases_are_packaged_for_metrics_that_exist_and_no_two_say_the_same(
    declared: Declarations, patterns: list[Pattern]
) -> None:
    assert packaged_metrics() <= declared.metrics.keys()
    shapes: dict[tuple[object, ...], str] = {}
    for one in patterns:
        shape = (one.before, one.slot, one.after, one.word, one.is_previous)
        assert shapes.setdefault(shape, one.metric) == one.metric, shape
