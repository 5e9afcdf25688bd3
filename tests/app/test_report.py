"""The annual report over a real night: every number under its bookmark, recounted from the rows its appendix names."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from app.report.appendix import anchor_of, heads
from app.report.compose import BY_HAND, Report
from app.report.confirmation import units_to_confirm, write_confirmation
from app.report.figures import Figures, bookmark_name
from app.report.making import Made, make_report
from app.report.paper import PARAGRAPH_ORDER, RUN_ORDER
from app.report.templates import SECTIONS, SLOT, read_templates
from flows.making import make_home
from flows.night import run_night
from flows.settings import read_settings
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.report_decisions import accept_sentences, confirm_figures
from warehouse.snapshot import Snapshot, open_current
from warehouse.trace import recount
from warehouse.yaml_reader import DeclarationError

SEED = Path(__file__).parents[3] / "shared" / "seed"
NAME = "欧阳测试"
ODD = '规范<性>文件&"甲"|`乙`'
DOCUMENTS = """文号,名称,文件层级,制定机关,印发日期,合法性审查意见日期,是否需公平竞争审查
样教发〔2024〕1号,甲<办>法&细则,部门,县教育局,2024-03-05,2024-03-01,否
样教发〔2024〕2号,乙办法,部门,县教育局,2024-06-05,2024-06-01,否
样政发〔2024〕1号,丙办法,县政府,县政府办公室,2024-05-05,2024-05-01,否
"""
FILINGS = """文号,制定机关,印发日期,报备日期,报备机关,备案结论
样教发〔2024〕1号,县教育局,2024-03-05,2024-03-10,县政府,合格
样政发〔2024〕1号,县政府办公室,2024-05-05,2024-05-10,市政府,合格
样政发〔2024〕1号,县政府办公室,2024-05-05,,县人大,
"""
AID = f"""案件编号,姓名,身份证号,联系电话,服务类别,案件性质,类型,受理日期,审批日期,指派日期
A1,{NAME},11010519491231002X,13812345678,法律援助,刑事,申请,2024-01-08,2024-01-10,2024-01-11
A3,{NAME},11010519491231002X,13812345678,法律援助,刑事,申请,2024年1月32日,2024-01-10,2024-01-11
"""
FILES = {"规范性文件&<台账>.csv": DOCUMENTS, "备案.csv": FILINGS, "援助.csv": AID}
CONFIG = """[county]
name = "样例<县>&"
sample = true
[inbox]
settled_seconds = 0
arrival = "file_time"
"""
# A county's own: a metric relabelled with signs that markup knows, one sentence changed, one taken out, one added.
METRIC = f"""county_normative_documents:
  label: {{zh: '{ODD}', en: "{{odd}}"}}
  of: normative_documents
  numerator: count where level = 'county'
  counting_rule: {{zh: "层级为<县政府>的&文件", en: "x"}}
  measured_in: 件
  report: {{section: 3}}
  no_target: a volume, not a duty
odd_documents:
  label: {{zh: 无名文件, en: x}}
  of: normative_documents
  numerator: count where document_number = 'none'
  counting_rule: {{zh: 无, en: x}}
  measured_in: 件
  report: {{section: 3}}
  no_target: a volume, not a duty
"""
# The year's report is written, but neither signed nor published yet.
ROSTER = """label: {zh: 县年度报告, en: x}
replaces: true
columns:
  {year_on: date, title: text, sign_by_on: date, signed_on: date, publish_by_on: date, published_on: date, source: text}
rows:
  y2024: {year_on: 2024-12-31, title: x, sign_by_on: 2025-03-01, publish_by_on: 2025-04-01, source: x}
"""
SECTION = """paragraphs:
  documents:
    sentences:
      issued: "本县<印发>&县政府文件{county_normative_documents}、{legal_review_rate}、{fair_competition_review_rate}"
      filed_in_full: ""
      odd: {text: "无名文件有{odd_documents}。", none: "没有无名文件（{odd_documents}）。"}
      repeated: "再说一遍：{county_normative_documents}。名称为{county_normative_documents.title}。"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("county") / "home")
    make_home(home)
    home.config.write_text(CONFIG, "utf-8")
    (home.catalogue / "metrics" / "mine.yml").write_text(METRIC, "utf-8")
    (home.catalogue / "rosters" / "annual_reports.yml").write_text(ROSTER, "utf-8")
    (home.catalogue / "report").mkdir()
    (home.catalogue / "report" / "rulemaking.yml").write_text(SECTION, "utf-8")
    for name, table in FILES.items():
        path = home.inbox / "justice_bureau" / name
        path.write_text(table, "utf-8-sig")
        os.utime(path, (1736300000, 1736300000))  # 8 January 2025
    run_night(read_settings(home.root), date(2025, 2, 6))
    return home


@pytest.fixture(scope="module")
def snapshot(home: Home) -> Iterator[Snapshot]:
    found = open_current(home)
    assert found is not None
    with found:
        yield found


@pytest.fixture(scope="module")
def figures(snapshot: Snapshot) -> Figures:
    return Figures(snapshot, "2024")


@pytest.fixture(scope="module")
def made(home: Home, snapshot: Snapshot, figures: Figures) -> Made:
    return make_report(home, snapshot, figures)


@pytest.fixture(scope="module")
def document(made: Made) -> Any:
    return Document(io.BytesIO(made.written("docx")))


def bookmarks(document: Any) -> dict[str, str]:
    """Name -> the text between its two ends; a name that stands twice fails."""
    found: dict[str, str] = {}
    for start in document.element.body.iter(qn("w:bookmarkStart")):
        name, text = start.get(qn("w:name")), ""
        for node in start.itersiblings():
            if node.tag == qn("w:bookmarkEnd") and node.get(qn("w:id")) == start.get(qn("w:id")):
                break
            text += "".join(one.text or "" for one in node.iter(qn("w:t")))
        assert name not in found, name
        found[name] = text
    return found


def words(report: Report) -> str:
    return "\n".join(block.text for block in report.blocks)


def test_every_placed_figure_stands_under_its_own_bookmark(made: Made, document: Any) -> None:
    found = bookmarks(document)
    assert len(made.report.placed) > 100
    for one in made.report.placed:
        by_hand = one.place in BY_HAND and "2025年　月　日"
        assert found[one.bookmark] == (one.figure.printed or by_hand or one.figure.gap), one
        assert re.fullmatch(r"[A-Za-z]\w{0,39}", one.bookmark, re.ASCII)
    assert {one.bookmark for one in made.report.placed} >= {"fig_filing_rate_2024", "fig_joint_inspection_share_2023"}
    assert bookmark_name("fig", "county_normative_documents", "2024", "2") in found
    links = {node.get(qn("w:anchor")) for node in document.element.body.iter(qn("w:hyperlink"))}
    assert links and links <= found.keys()
    assert {anchor_of(figure) for figure in made.report.figures} <= found.keys()


def test_two_long_names_get_different_bookmarks() -> None:
    long = "a_metric_with_a_name_that_word_would_not_take"
    names = {bookmark_name("fig", long, year) for year in ("2023", "2024", "2024-05")}
    names |= {bookmark_name("fig", f"{long}_too", "2024"), bookmark_name("fig", long, "2024", "2")}
    assert len(names) == 5 and all(re.fullmatch(r"[A-Za-z]\w{0,39}", name, re.ASCII) for name in names)


def test_each_row_of_the_appendix_recounts_by_trace(made: Made, snapshot: Snapshot, document: Any) -> None:
    table = next(one for one in document.tables if len(one.columns) == 8)
    shown = {row.cells[1].text.split("\n")[1:2][0] + row.cells[1].text.split("\n")[2]: row for row in table.rows[1:]}
    counted = [figure for figure in made.report.figures if figure.held == "figure"]
    assert len(shown) == len(made.report.figures) and len(counted) >= 8
    for figure in counted:
        for side in ("numerator", "denominator") if figure.denominator is not None else ("numerator",):
            rows = snapshot.trace(figure.metric, figure.period, side=side, masked=False)
            assert recount(snapshot.declarations, figure.metric, rows) == getattr(figure, side), figure
        cells = [cell.text for cell in shown[figure.metric + figure.period].cells]
        sides = [str(int(one)) for one in (figure.numerator, figure.denominator) if one is not None]
        assert cells[3] == "／".join(sides)
        for source in snapshot.sources(figure.metric, figure.period)[:2]:
            traced = snapshot.trace(figure.metric, figure.period, masked=False)
            mine = {row[f"_row{at}"] for row in traced for at in ("", "_2") if row.get(f"_file{at}") == source["_file"]}
            assert (len(mine), min(mine), max(mine)) == (source["rows"], source["first_row"], source["last_row"])
            assert f"{source['rows']}行·第{source['first_row']}—{source['last_row']}行" in cells[5]


def test_what_never_came_is_a_gap_and_never_a_number(made: Made, figures: Figures) -> None:
    # The register of enterprises never came: a count over no rows would be 0.
    figure = figures.figure("enterprises")
    assert (figure.held, figure.printed) == ("missing", "")
    assert "【缺数据：登记在册企业】" in words(made.report) and "企业0家" not in words(made.report)
    (entry,) = [one for one in made.entries if one.metric == "enterprises"]
    assert "没有来源行" in entry.sources and entry.sides == "空" and "0" not in entry.printed
    # Its documents came, but no filing could be judged without both sides.
    assert figures.figure("filing_rate").printed == "60%" or figures.figure("filing_rate").numerator is not None
    assert figures.figure("no_such_metric").gap == "【缺数据：no_such_metric】"
    assert figures.figure("fair_competition_review_rate").gap == "【无应计对象：公平竞争审查率】"
    placed = {one["metric"]: one for one in made.placements()}
    assert placed["enterprises"]["held"] == "missing" and placed["enterprises"]["printed"] is None


def test_doubt_and_incomplete_data_stand_behind_the_number(made: Made, figures: Figures) -> None:
    aid = figures.figure("legal_aid_accepted")
    assert (aid.owed, aid.came) == (4, 1) and aid.mark == "【数据不全：应报4份，已到1份】"
    assert f"{aid.printed}【数据不全：应报4份，已到1份】" in words(made.report)
    assert figures.figure("legal_aid_reviewed_on_time_rate").mark == "【存疑待核】"
    (entry,) = [one for one in made.entries if one.metric == "legal_aid_accepted"]
    assert "另有1行已隔离，未计入" in entry.sources


def test_the_page_is_that_of_an_official_document(document: Any) -> None:
    page, wide = document.sections[0], document.sections[-1]
    assert [round(one.mm) for one in (page.page_width, page.page_height)] == [210, 297]
    margins = (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
    assert [round(one.mm) for one in margins] == [37, 35, 28, 26]
    assert page.page_width - page.left_margin - page.right_margin == pytest.approx(Mm(156), abs=2000)
    assert page.page_height - page.top_margin - page.bottom_margin == pytest.approx(Mm(225), abs=2000)
    assert wide.page_width > wide.page_height
    styles = {style.name: style for style in document.styles}
    body = styles["Ducha Body"]
    assert 28 <= body.paragraph_format.line_spacing.pt <= 29 and body.font.size == Pt(16)
    assert 22 * body.paragraph_format.line_spacing.pt <= 225 / 25.4 * 72 < 23 * body.paragraph_format.line_spacing.pt
    squeeze = int(body.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 28 * (16 + squeeze) <= 156 / 25.4 * 72 < 29 * (16 + squeeze)
    wanted = {
        "Ducha Title": ("方正小标宋简体", 22), "Ducha Body": ("仿宋_GB2312", 16), "Ducha Heading 1": ("黑体", 16),
        "Ducha Heading 2": ("楷体_GB2312", 16),
    }  # fmt: skip
    for name, (font, size) in wanted.items():
        assert styles[name].element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == font
        assert styles[name].font.size == Pt(size)
    assert body.element.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"


def test_properties_stand_in_the_order_that_word_wants(document: Any) -> None:
    found = 0
    for part in (document.element.body, document.styles.element, document.sections[0].footer._element):
        for name, order in (("w:pPr", PARAGRAPH_ORDER), ("w:rPr", RUN_ORDER)):
            for properties in part.iter(qn(name)):
                places = [
                    order.index(tag) for tag in (child.tag.rpartition("}")[2] for child in properties) if tag in order
                ]
                assert places == sorted(places), properties.xml
                found += len(places) > 1
    assert found > 100


def test_page_numbers_are_outside_and_the_sample_is_marked_on_every_page(document: Any) -> None:
    page = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    odd, even = page.footer.paragraphs[0], page.even_page_footer.paragraphs[0]
    assert odd.text == even.text == "— 1 —" and (odd.alignment, even.alignment) == (2, 0)
    assert "PAGE" in odd._p.xml and odd.runs[0].font.size == Pt(14)
    assert "样例数据" in page.header.paragraphs[0].text and "样例数据" in page.even_page_header.paragraphs[0].text


def test_signs_that_markup_knows_are_read_back_as_they_are(made: Made, document: Any) -> None:
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "本县<印发>&县政府文件1件" in text and "名称为“丙办法”" in text and "样例<县>&" in text
    page = lxml.html.fromstring(made.written("html"))
    shown = page.text_content()
    assert "本县<印发>&县政府文件1件" in shown and ODD in shown and not page.xpath("//script")
    rows = page.xpath("//table[@class='figures']/tbody/tr")
    assert rows and all(row.xpath("td/@data-head") == heads() for row in rows)  # a phone shows no head of the table
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.xpath("//a/@href") if href.startswith("#")} <= set(ids)
    markdown = made.written("md").decode()
    assert "本县\\<印发\\>\\&县政府文件" in markdown and "\\|\\`乙\\`" in markdown


def test_html_links_to_the_figure_page_of_the_view(made: Made) -> None:
    page = made.written("html", "http://127.0.0.1:8501").decode()
    assert 'href="http://127.0.0.1:8501/?screen=figure&amp;metric=filing_rate&amp;period=2024"' in page


def test_what_a_home_says_otherwise_counts_and_an_empty_sentence_goes(home: Home, made: Made) -> None:
    sentences = read_templates(home.catalogue).sections["rulemaking"].paragraphs["documents"].sentences
    packaged = read_templates().sections["rulemaking"].paragraphs["documents"].sentences
    assert sentences["filed"] == packaged["filed"] and sentences["issued"] != packaged["issued"]
    assert "praise_filed_in_full" not in {one.id for one in made.report.drafts}
    assert "praise_reviewed_in_time" in {one.id for one in made.report.drafts}


def test_a_counted_nothing_is_said_otherwise_and_is_no_gap(made: Made) -> None:
    assert "没有无名文件（0件）。" in words(made.report) and "无名文件有" not in words(made.report)


def test_days_that_lie_ahead_are_left_blank(made: Made, document: Any) -> None:
    (day,) = [block.text for block in made.report.blocks if block.kind == "date"]
    assert day == "2025年　月　日" and made.report.blocks[-1].text == "（本报告于2025年　月　日向社会公开。）"
    assert bookmarks(document)["fig_report_signed_on_2024"] == day


def test_a_template_that_does_not_read_is_told_with_its_file_and_the_nearest_key(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    own = tmp_path / "report" / "rulemaking.yml"
    own.write_text("number: 3\ntitel: x\n", "utf-8")
    with pytest.raises(DeclarationError, match=r"rulemaking.yml.*titel.*did you mean “title”"):
        read_templates(tmp_path)
    own.write_text("paragraphs:\n  contracts:\n    sentences:\n      plans: x\n", "utf-8")
    with pytest.raises(DeclarationError, match="stands twice"):
        read_templates(tmp_path)


def test_problems_are_bracketed_until_accepted_and_again_when_their_words_change(
    home: Home, snapshot: Snapshot, figures: Figures, made: Made
) -> None:
    drafts = {one.id: one for one in made.report.drafts}
    problem = drafts["problem_filing_rate"]
    assert "规范性文件报送率" in problem.text and "2个单位" in problem.text and not problem.is_accepted
    assert f"【待审：{problem.text}】" in words(made.report)
    assert drafts["step_rulemaking"].text.startswith("围绕“规范性文件报送率”")
    for unit in snapshot.declarations.units.values():
        assert not any(str(one) in problem.text for one in (unit.label.zh, unit.liaison, unit.leader) if one)
    hashes = {problem.id: problem.sha256, "step_rulemaking": hashlib.sha256("别的话".encode()).hexdigest()}
    with open_ledger(home) as ledger:
        accept_sentences(ledger, "2024", hashes, "office")
    again = make_report(home, snapshot, figures)
    now = {one.id: one.is_accepted for one in again.report.drafts}
    assert now[problem.id] and not now["step_rulemaking"]
    assert problem.text in words(again.report) and f"【待审：{problem.text}" not in words(again.report)


def test_what_only_follows_from_a_missing_file_is_told_once_with_it(made: Made, snapshot: Snapshot) -> None:
    drafts = {one.id: one.text for one in made.report.drafts}
    told = drafts["problem_missing_services"]
    assert "《政务服务办件明细》、" in told and "“基层网办率”、" in told and "“‘双随机、一公开’任务完成率”" in told
    missing = {row["metric"] for row in snapshot.standings() if row["standing"] == "missing" and row["metric"]}
    short = {row["metric"] for row in snapshot.standings() if row["standing"] == "short" and row["metric"]}
    assert missing - short and not {f"problem_{metric}" for metric in missing - short} & drafts.keys()
    assert "“法律援助按时审查率”、“法律援助按时指派率”的部分数据存疑" in drafts["problem_unsure_disputes"]


def test_praise_stands_only_where_everyone_meets_the_target(made: Made, figures: Figures) -> None:
    praised = {one.id for one in made.report.drafts if one.id.startswith("praise_")}
    sentences = {
        f"praise_{name}": one
        for section in read_templates().sections.values()
        for paragraph in section.paragraphs.values()
        for name, one in paragraph.sentences.items()
        if one.when_met
    }
    assert praised == {"praise_reviewed_in_time"}
    assert all(figures.lights[metric].standing == "met" for one in praised for metric in sentences[one].when_met)


def test_a_confirmation_sheet_holds_the_units_figures_and_deliveries(figures: Figures) -> None:
    assert {"education_bureau", "justice_bureau"} <= set(units_to_confirm(figures))
    sheet = Document(io.BytesIO(write_confirmation(figures, "education_bureau", True)))
    table = [[cell.text for cell in row.cells] for row in sheet.tables[0].rows]
    filing = next(row for row in table if "filing_rate" in row[0].split("\n"))
    assert filing[1:3] == ["50%", "1／2"] and filing[4] == "未达标"
    text = "\n".join(paragraph.text for paragraph in sheet.paragraphs)
    sealed = [one.paragraph_format.keep_with_next for one in sheet.paragraphs[-5:]]
    assert sealed == [True, True, True, True, None]
    assert "加盖公章" in text and figures.unit_hash("education_bureau") in text
    justice = Document(io.BytesIO(write_confirmation(figures, "justice_bureau", False)))
    sent = [[cell.text for cell in row.cells] for row in justice.tables[-1].rows[1:]]
    assert ["规范性文件&<台账>.csv", "2＝1＋1＋0"] in [[row[1], row[4]] for row in sent] or any(
        row[1] == "援助.csv" and row[4] == "2＝1＋1＋0" for row in sent
    )
    assert any(row[-1] == "缺报" for row in sent)


def test_a_sealed_figure_is_marked_and_a_later_change_shows(home: Home, snapshot: Snapshot, figures: Figures) -> None:
    sealed = {
        "unit": "education_bureau", "year": "2024", "snapshot": snapshot.path.name, "scan_sha256": "0" * 64,
        "file_name": "确认单.pdf", "figures_sha256": figures.unit_hash("education_bureau"),
    }  # fmt: skip

    def standing() -> str:
        made = make_report(home, snapshot, figures)
        return next(one.standing for one in made.entries if one.metric == "filing_rate")

    assert "未确认（0/2个单位）" in standing()
    with open_ledger(home) as ledger:
        confirm_figures(ledger, sealed, "office")
    assert "已确认（1/2个单位）" in standing()
    with open_ledger(home) as ledger:
        ledger.con.execute("UPDATE confirmed_figures SET figures_sha256 = 'other'")
    assert "1个单位确认后数字有变" in standing()


def runs(text: str) -> set[str]:
    """Every run of twelve Chinese characters, whatever stands between them."""
    chinese = "".join(re.findall("[\u4e00-\u9fff]", text))
    return {chinese[at : at + 12] for at in range(len(chinese) - 11)}


def seed_file(name: str) -> Path:
    path = SEED / name
    if not path.exists():
        assert not os.environ.get("CI"), f"{path} must be there in CI"
        pytest.skip(f"{path} is not here: this test reads it in place")
    return path


def test_no_sentence_is_the_published_reports(made: Made, figures: Figures) -> None:
    """Names are no sentences: of organs (title, signature), of metrics, and of what rosters and rows hold."""
    published = seed_file("lixian_2024.txt").read_text("utf-8")
    theirs = runs(published) | runs(published.replace("澧县", "样例县"))
    packaged = "\n".join(path.read_text("utf-8") for path in sorted(SECTIONS.glob("*.yml")))
    said = "\n".join(block.text for block in made.report.blocks if block.kind in ("heading", "subheading", "body"))
    for name in sorted((metric.label.zh for metric in figures.declarations.metrics.values()), key=len, reverse=True):
        said = said.replace(name, "。")
    ours = runs(SLOT.sub("", packaged)) | runs(re.sub("“[^”]*”|《[^》]*》", "", said))
    assert len(theirs) > 1000 and len(ours) > 500
    assert ours & theirs == set()


def test_every_figure_of_the_published_report_has_a_place() -> None:
    with seed_file("figures.csv").open(encoding="utf-8", newline="") as lines:
        wanted = {row["metric"] for row in csv.DictReader(lines)}
    placed = {slot.name for slot in read_templates().slots() if slot.column is None}
    assert len(wanted) > 100 and wanted <= placed
