"""Letters over a real night: files are read, loaded, built into a snapshot, judged, and findings moved in a ledger."""

import io
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import lxml.html
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.letters.cell_words import place_words, tidy
from app.letters.compose import compose, told_changes
from app.letters.letter import sentence_in
from app.letters.message import Block, Letter, Part, Planned, html_page, one_recipient, plain_text, write_eml
from app.letters.receipt import receipt_name, write_receipt
from app.letters.sentences import sentences_from
from app.wording import text
from expectations.findings import FindingChange, move_findings
from expectations.judge import make_judge
from warehouse.build import AppliedDelivery, BuildPlan, build_snapshot
from warehouse.declarations import Declarations, read_declarations
from warehouse.delivery import read_file
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import Snapshot, open_snapshot
from warehouse.workdays import Calendar

ON = date(2025, 2, 6)
AUDIT_HEAD = "3f9a" * 16
NAME, PHONE, CITIZEN, WORDS = "欧阳测试", "13812345678", "430723199001010011", "邻居噪声扰民请求处理"
DOCUMENTS = """文号,名称,文件层级,制定机关,印发日期,合法性审查意见日期,是否需公平竞争审查
样教发〔2024〕1号,甲办法,部门,县教育局,2024-03-05,2024-03-01,否
样教发〔2024〕2号,乙办法,部门,县教育局,2024-06-05,2024-06-01,否
样政发〔2024〕1号,丙办法,县政府,县政府办公室,2024-05-05,2024-05-01,否
"""
FILINGS = """文号,制定机关,印发日期,报备日期,报备机关,备案结论
样教发〔2024〕1号,县教育局,2024-03-05,2024-03-10,县政府,合格
样政发〔2024〕1号,县政府办公室,2024-05-05,2024-05-10,市政府,合格
样政发〔2024〕1号,县政府办公室,2024-05-05,,县人大,
"""
AID = f"""案件编号,姓名,身份证号,联系电话,服务类别,案件性质,类型,受理日期,审批日期,指派日期
A1,{NAME},11010519491231002X,{PHONE},法律援助,刑事,申请,2024-01-08,2024-01-10,2024-01-11
A2,{NAME},{CITIZEN},{PHONE},法律援助,刑事,申请,2024-04-08,2024-04-10,2024-04-11
A3,{NAME},11010519491231002X,{PHONE},法律援助,刑事,申请,2024年7月32日,2024-07-10,2024-07-11
A4,{NAME},11010519491231002X,{PHONE},法律援助,刑事,申请,2024-10-08,2024-10-10,2024-10-11
"""
LETTERS = f"""留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间
L1,{NAME},{WORDS},2024-01-08,{WORDS},{WORDS},2024-01-10
L2,{NAME},{WORDS},2024-05-08,{WORDS},,
L3,{NAME},{WORDS},2024-08-08,{WORDS},{WORDS},2024-08-10
L4,{NAME},{WORDS},2024-11-08,{WORDS},{WORDS},2024-11-10
"""
FILES = (
    ("justice_bureau", DOCUMENTS), ("justice_bureau", FILINGS), ("justice_bureau", AID), ("hotline_office", LETTERS),
)  # fmt: skip


@dataclass(frozen=True)
class Night:
    snapshot: Snapshot
    declarations: Declarations
    changes: list[dict[str, Any]]
    next_changes: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]

    def letters(self, changes: list[dict[str, Any]] | None = None, **other: Any) -> list[Letter]:
        asked = {"declarations": self.declarations, "business_date": ON, "county": "样例县", "sample": True}
        asked |= {
            "night": "2025-02-06.1",
            "office_address": "office@sample.invalid",
            "view_url": "http://127.0.0.1:8501",
        }
        told = self.changes if changes is None else changes
        return compose(self.snapshot, told, audit_head=AUDIT_HEAD, **(asked | other))

    def letter_to(self, unit: str, kind: str = "letter") -> Letter:
        return next(letter for letter in self.letters() if (letter.unit, letter.kind) == (unit, kind))


def flat(change: FindingChange) -> dict[str, Any]:
    row = {"finding_id": change.finding["id"], "change": change.kind, "was_told": change.was_told}
    return {**change.finding, **row}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    home = Home(tmp_path_factory.mktemp("home"))
    home.make()
    declarations = read_declarations()
    calendar = Calendar(declarations.holidays)
    with open_ledger(home) as ledger:
        name = ledger.begin_night(ON)
        applied, rows = [], []
        for number, (supplier, table) in enumerate(FILES, start=1):
            found = deliver(home.root, number, supplier, table, name, declarations, calendar)
            applied += [one for one, _ in found]
            rows += [row for _, row in found]
        target = home.snapshots / f"{name}.duckdb"
        build_snapshot(
            None, target, declarations, calendar, BuildPlan(apply=applied), as_of=ON, deliveries=rows,
            judge=make_judge(declarations, calendar, ON), meta={"night": name, "business_date": ON.isoformat()},
        )  # fmt: skip
        with open_snapshot(target) as snapshot:
            write = sentences_from(snapshot, declarations)
            moved = []
            for _ in range(2):
                with ledger.publishing() as tx:
                    moved.append(move_findings(tx, snapshot.standings(), name, ON, calendar, write))
            yield Night(snapshot, declarations, [flat(one) for one in moved[0]], [flat(one) for one in moved[1]], rows)


def deliver(
    root: Path, number: int, supplier: str, table: str, name: str, declarations: Declarations, calendar: Calendar
) -> list[tuple[AppliedDelivery, dict[str, Any]]]:
    path = root / f"export{number}.csv"
    path.write_text(table, "utf-8-sig")
    work = root / f"work{number}"
    came = date(2025, 1, 8)
    read = read_file(path, path.name, supplier, declarations, calendar, came, ON, work, f"{name}-{number}")
    assert read.refused is None and all(sheet.loaded for sheet in read.sheets), read
    found = []
    for loaded in (sheet.loaded for sheet in read.sheets if sheet.loaded):
        row = {
            "id": loaded.delivery_id, "night": name, "seq": number, "dataset": loaded.dataset, "supplier": supplier,
            "file_name": path.name, "sheet": loaded.sheet, "sha256": read.sha256, "state": "in_force",
            "coverage_start": loaded.coverage.start, "coverage_end": loaded.coverage.end,
            "periods": list(loaded.coverage.periods), "received_on": date(2025, 1, 8), "rows": loaded.rows,
            "loaded": loaded.loaded, "quarantined": loaded.quarantined, "listed": dict(loaded.listed),
            "totals_tie": loaded.totals_tie, "key_duplicates": loaded.key_duplicates, "say": None, "say_en": None,
            "reasons": [vars(one) | {"examples": [vars(each) for each in one.examples]} for one in loaded.reasons],
            "told": [vars(one) for one in loaded.told],
        }  # fmt: skip
        delivery = AppliedDelivery(
            loaded.delivery_id, loaded.dataset, supplier, loaded.coverage.start, loaded.coverage.end,
            declarations.contracts[loaded.dataset].mode, loaded.core_path, loaded.quarantine_path, loaded.listed_path,
            loaded.deletions_path, meta=row,
        )  # fmt: skip
        found.append((delivery, row))
    return found


def parsed(letter: Letter) -> EmailMessage:
    message = message_from_bytes(letter.eml, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def body(letter: Letter, kind: str = "plain") -> str:
    part = parsed(letter).get_body((kind,))
    assert part is not None
    return str(part.get_content())


def everything(letter: Letter) -> str:
    """All that a reader of the letter can see, the return slip's cells and comments too."""
    words = [letter.subject, body(letter), body(letter, "html")]
    if letter.slip:
        for sheet in openpyxl.load_workbook(io.BytesIO(letter.slip)):
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                words += [str(cell.value or ""), cell.comment.text if cell.comment else ""]
    return "\n".join(words)


def test_every_owner_of_news_gets_one_letter_from_its_registry_entry(night: Night) -> None:
    letters = night.letters()
    owners = sorted({change["owner"] for change in night.changes})
    assert len(owners) >= 6
    assert [letter.unit for letter in letters if letter.kind == "letter"] == owners
    for letter in letters[:-1]:
        assert letter.recipient == night.declarations.units[letter.unit].email
        assert parsed(letter).get_all("To") == [letter.recipient]
    assert sorted(n for letter in letters for n in letter.findings) == sorted(c["finding_id"] for c in night.changes)


def test_an_unchanged_night_writes_to_no_unit(night: Night) -> None:
    assert {change["change"] for change in night.next_changes} == {"kept"}
    assert night.letters(night.next_changes) == []


def test_monday_reminds_the_inspectors_of_what_is_open(night: Night) -> None:
    assert [one.kind for one in night.letters(night.next_changes, business_date=date(2025, 2, 10))] == ["office"]


def test_the_first_lines_carry_the_point(night: Night) -> None:
    letter = night.letter_to("education_bureau")
    first = "\n".join(body(letter).splitlines()[:5])
    assert "县教育局" in first and "2025年2月12日前核对" in first
    assert "规范性文件报送率（2024年）：差1件：样教发〔2024〕2号 报县政府，应于2024年6月20日前报备，无报备日期" in first
    assert "电话000-00000002" in body(letter)


def test_html_and_text_say_the_same(night: Night) -> None:
    for letter in night.letters():
        shown = lxml.html.fromstring(body(letter, "html")).text_content()
        for line in body(letter).splitlines():
            for piece in line.removeprefix("- ").removeprefix("== ").removesuffix(" ==").split(" | "):
                assert piece.partition(": ")[2].strip() in shown or piece.strip() in shown, line


def test_a_row_names_file_and_row_and_the_slip_holds_it(night: Night) -> None:
    letter = night.letter_to("education_bureau")
    assert "export1.csv" in body(letter) and "第3行" in body(letter)
    assert letter.slip is not None and "样教发〔2024〕2号" in everything(letter)
    assert [part.get_filename() for part in parsed(letter).iter_attachments()] == ["退回清单.xlsx"]


def test_a_letter_holds_only_its_own_units_rows(night: Night) -> None:
    words = everything(night.letter_to("education_bureau"))
    assert "样教发" in words and "样政发" not in words
    words = everything(night.letter_to("county_government_office"))
    assert "样政发" in words and "样教发" not in words


def test_no_letter_and_no_receipt_shows_a_person(night: Night) -> None:
    receipts = [write_receipt([row], "2025-02-06.1", ON, night.declarations, True).decode() for row in night.deliveries]
    for words in [everything(letter) for letter in night.letters()] + receipts:
        for secret in (NAME, NAME[:2], PHONE, CITIZEN, WORDS, "11010519491231002X"):
            assert secret not in words
        for unit in night.declarations.units.values():
            assert unit.liaison is None or unit.liaison not in words


def test_a_rows_fault_is_marked_in_the_suppliers_slip(night: Night) -> None:
    letter = night.letter_to("justice_bureau")
    assert letter.slip is not None
    book = openpyxl.load_workbook(io.BytesIO(letter.slip))
    commented = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
    assert {cell.value for cell in commented} >= {"2024年7月32日"}
    assert all("重新报送" in cell.comment.text for cell in commented)


def test_a_missing_delivery_is_told_to_its_supplier_with_its_day(night: Night) -> None:
    words = body(night.letter_to("approval_bureau"))
    assert "“政务服务办件明细”（2024年1月）应于2024年2月" in words and "缺报" in words


def test_a_unit_learns_which_of_its_files_were_not_taken(night: Night) -> None:
    say = {"say": "请另存为 xlsx 后再放入", "say_en": "please save it as xlsx"}
    scan = night.deliveries[2] | {"id": "scan", "file_name": "台账（扫描件）.pdf", "state": "refused"} | say
    with_scan = Mock(wraps=night.snapshot)
    with_scan.deliveries.return_value = [*night.snapshot.deliveries(), scan, scan | {"night": "2025-02-05.1"}]
    told = {letter.unit: body(letter) for letter in replace(night, snapshot=with_scan).letters()}
    assert told["justice_bureau"].count("已拒收：台账（扫描件）.pdf。请另存为 xlsx 后再放入") == 1
    assert "台账（扫描件）.pdf" not in told["education_bureau"]


def test_a_unit_is_not_sent_to_an_address_that_only_the_machine_itself_can_open(night: Night) -> None:
    for letter in night.letters():
        assert ("http://127.0.0.1:8501" in body(letter)) == (letter.kind == "office")
    assert all("https://ducha.county/" in body(letter) for letter in night.letters(view_url="https://ducha.county/"))


def test_the_gravest_is_told_first(night: Night) -> None:
    ranks = [("high", "medium", "low").index(change["severity"]) for change in told_changes(night.changes)]
    assert len(set(ranks)) > 1 and ranks == sorted(ranks)


def test_a_place_in_a_declaration_is_named_in_words(night: Night) -> None:
    for file, name in (
        ("scorecards/first_responsible_persons.yml", "第一责任人履职记分卡"),
        ("priorities.yml", "督察重点建议"),
        ("datasets/credit_checks.yml", "企业信用核查台账报送要求"),
        ("rosters/principals.yml", "党政主要负责人名册"),
    ):
        assert place_words({"_file": file, "_row": 2}, night.declarations, "zh") == f"《{name}》第2条"


def test_an_empty_field_leaves_no_empty_brackets() -> None:
    assert tidy("负责人未出庭（空）", "空") == "负责人未出庭"
    assert tidy("no head attended (none)", "none") == "no head attended"
    assert tidy("审查日期：空", "空") == "审查日期：空"


def test_letters_accuse_no_one_and_never_call_open_what_is_met(night: Night) -> None:
    for letter in (one for one in night.letters() if one.kind == "letter"):
        words = everything(letter)
        assert not any(word in words for word in ("违法", "违规", "处分", "问责", "通报批评", "责令"))
        for change in (one for one in night.changes if one["owner"] == letter.unit):
            if change["standing"] in ("missing", "unsure"):
                assert text(f"standings.{change['standing']}", "zh") in words


def test_a_recovery_is_told_only_where_the_finding_was(night: Night) -> None:
    change = next(one for one in night.changes if one["target"] == "filing_rate")
    change = change | {"change": "put_right", "standing": "met"}
    assert [one.kind for one in night.letters([change | {"was_told": False}])] == []
    letters = night.letters([change | {"was_told": True}])
    assert [one.kind for one in letters] == ["letter", "office"]
    assert "待人工复核后销号" in body(letters[0]) and letters[0].slip is None


def test_a_check_that_did_not_run_is_no_units_letter(night: Night) -> None:
    broken = [change | {"standing": "error"} for change in night.changes]
    assert [one.unit for one in night.letters(broken) if one.kind == "letter"] == []


def test_the_same_night_gives_the_same_bytes_and_another_night_another_id(night: Night) -> None:
    assert night.letters() == night.letters()
    ids = [letter.message_id for letter in night.letters() + night.letters(night="2025-02-06.2")]
    ids += [letter.message_id for letter in night.letters(county="别县")]
    assert len(set(ids)) == len(ids)


def test_a_sample_home_says_so_in_subject_and_body_and_a_real_one_does_not(night: Night) -> None:
    for letter in night.letters():
        assert letter.subject.startswith("【样例数据】")
        assert "样例数据" in body(letter) and "样例数据" in body(letter, "html")
    for letter in night.letters(sample=False):
        assert "样例数据" not in everything(letter)


def test_a_unit_without_an_address_gets_its_letter_written_and_the_office_is_told(night: Night) -> None:
    units = dict(night.declarations.units)
    units["education_bureau"] = units["education_bureau"].model_copy(update={"email": "a@x.cn, e@evil.cn"})
    letters = night.letters(declarations=night.declarations.model_copy(update={"units": units}))
    letter = next(one for one in letters if one.unit == "education_bureau")
    assert letter.recipient is None and "To" not in parsed(letter) and "样教发" in body(letter)
    assert "县教育局" in body(letters[-1]).partition("没有邮箱地址的单位")[2].partition("审计链")[0]


def test_the_inspectors_mail_lists_everything(night: Night) -> None:
    words = body(night.letter_to("rule_of_law_office", "office"))
    for expected in ("规范性文件报送率", "缺报", "企业登记名录（2024年）", "法律援助案件台账", AUDIT_HEAD, "新增"):
        assert expected in words


def test_the_inspectors_mail_asks_the_office_for_what_is_its_own(night: Night) -> None:
    late = next(change for change in night.changes if change["owner"] == "justice_bureau")
    silence = {"finding": late["finding_id"], "unit": "water_bureau", "target": "filing_rate",
               "until_on": "2025-02-28", "reason": "系统迁移", "who": "clerk"}  # fmt: skip
    weeks = [
        {"since": "2025-01-24", "until": "2025-01-30", "opened": 3, "put_right": 1, "closed": 0, "open": 9},
        {"since": "2025-01-31", "until": "2025-02-06", "opened": 1, "put_right": 4, "closed": 2, "open": 8}
        | {"overdue": 5},
    ]  # fmt: skip
    desk = {
        "to_office": [late], "undecided": [late | {"decide_by": "2025-01-20"}], "silences": [silence], "trend": weeks,
        "undelivered": [
            {"unit": "police", "kind": "letter", "night": "2025-01-30.1", "reason": "refused", "attempts": 7}
        ],
    }  # fmt: skip
    roster = night.declarations.units | {
        "water_bureau": night.declarations.units["water_bureau"].model_copy(update={"liaison": None})
    }
    declared = night.declarations.model_copy(update={"units": roster})
    (mail,) = [letter for letter in night.letters([], desk=desk, declarations=declared) if letter.kind == "office"]
    words = body(mail)
    for expected in (
        "超期多日、提请本办研究的事项", "超过裁定期限的异议", "2025年1月20日", "邮件服务器未接收", "暂缓提示中的事项",
        "2025年2月28日", "系统迁移", "由9个减至8个，其中超期5个", "2025年1月31日至2025年2月6日", "没有登记联络员的单位",
        "县水利局",
    ):  # fmt: skip
        assert expected in words, expected
    assert "{" not in words and sentence_in(late, "zh") in words


def test_a_leaders_letter_goes_to_the_leader_without_a_slip(night: Night) -> None:
    late = [{**change, "change": "overdue"} for change in night.changes if change["owner"] == "justice_bureau"]
    letters = night.letters([], letters={("justice_bureau", "leader"): late})
    (letter,) = [one for one in letters if one.kind == "leader"]
    assert (letter.recipient, letter.slip) == ("justice_bureau.leader@sample.invalid", None)
    assert "分管负责同志" in body(letter).split("\n")[1] and str(len(late)) in body(letter).split("\n")[1]
    assert letter.message_id != night.letter_to("justice_bureau").message_id


PIECES = ("@", ",", ";", "\r\n", "\n", " ", "<", ">", '"', "Bcc: ", "a@x.cn", "县", "\0", ":", "()")
HEADERS = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Language"}


def test_only_one_plain_address_is_ever_a_recipient() -> None:
    random.seed(20240101)
    good, parts, taken = "office@sample.invalid", (Part("zh", (Block("title", "标题"),)),), 0
    for number in range(1000):
        pieces = [random.choice([*PIECES, *random.choices(string.printable, k=4)]) for _ in range(random.randint(0, 6))]
        noise = "".join(pieces)
        registered = random.choice([noise, good + noise, noise + good, good + noise + good, good])
        recipient = one_recipient(registered)
        assert recipient is None or (recipient == registered and registered.count("@") == 1)
        taken += recipient is not None
        planned = Planned("u", "letter", recipient, noise + "题", f"<{number:040d}@ducha.invalid>", ())
        message = message_from_bytes(write_eml(planned, (noise, recipient), ON, parts, None, ""), policy=default)
        assert message.get_all("To", []) == ([recipient] if recipient else [])
        assert set(message.keys()) == (HEADERS if recipient else HEADERS - {"To"}) | {"Content-Type"}
    assert taken > 100


PRINTED = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cn")), min_size=1)


@settings(max_examples=300, deadline=None)
@given(PRINTED, st.sampled_from(["{{ 7*7 }}", "{% x %}", "& < > \"'", ""]))
def test_html_and_text_keep_every_character(value: str, payload: str) -> None:
    shown = value + payload
    blocks = (Block("title", "标题"), Block("points", items=(shown,)), Block("table", pairs=(("甲",), (shown,))))
    page = lxml.html.document_fromstring(html_page((Part("zh", blocks),)))
    cells = page.xpath("//td[contains(@class, 'point') or contains(@class, 'cell')]")
    assert [cell.text_content() for cell in cells] == [shown, shown]
    assert shown in plain_text((Part("zh", blocks),))


def test_a_receipt_opens_in_a_plain_editor_and_says_what_became_of_the_file(night: Night) -> None:
    aid = next(row for row in night.deliveries if row["dataset"] == "legal_aid_cases")
    page = write_receipt([aid], "2025-02-06.1", ON, night.declarations, False)
    assert page.startswith(b"\xef\xbb\xbf") and b"\r\n" in page
    words = page.decode("utf-8-sig")
    assert "共读取4行：入库2行，退回待改2行" in words and "2024年7月32日" in words
    refused = aid | {"state": "refused", "dataset": None, "rows": 0, "reasons": [], "told": [], "say": "请另存为 xlsx"}
    assert "未采用" in write_receipt([refused], "2025-02-06.1", ON, night.declarations, False).decode()
    for state in ("duplicate", "held"):
        assert "已采用" not in write_receipt([aid | {"state": state}], "n", ON, night.declarations, False).decode()


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_a_receipts_name_is_never_a_path(name: str) -> None:
    found = receipt_name(name, "2025-02-06.1")
    assert Path(found).name == found and len(found.encode()) <= 255 and found.endswith(".txt") and "\0" not in found
    assert not set('/\\:*?"<>|') & set(found)
