"""Golden cases of the other datasets: money, units, marks of change, totals; and files that are refused."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

from aid_cases import THREE, one, saved_as
from cases import AID, ENTERPRISE, SERVICE, Case, Sheet, aid, credit_code, enterprise, service
from writers import convert, write_openpyxl, write_text

YEAR = ("2024",)
services = partial(Case, "service_cases")
SERVICES = [
    services(
        "insert_update_delete.csv",
        "同一办件先增后改再删：同步时间最晚的一行有效，删除标记删去该办件",
        partial(
            write_text,
            rows=[
                SERVICE,
                service(1),
                service(2, c9=None, c10=None, c16="2024-05-03 23:00:00"),
                service(2, c15="U", c16="2024-05-08 23:00:00"),
                service(3),
                service(3, c15="D", c16="2024-05-20 23:00:00"),
                service(4, c15="D", c16="2024-05-01 08:00:00"),
                service(4, c16="2024-05-10 23:00:00"),
                service(1),
            ],
        ),
        (
            Sheet(
                loaded=3,
                listed={2: "duplicate", 3: "superseded", 5: "superseded", 6: "deletion", 7: "superseded"},
                periods=("2024-05",),
            ),
        ),
    ),
    services(
        "deletion_with_blank_columns.csv",
        "删除行只带办件编号、标记和同步时间，其余为空：照样删除；小写标记可读",
        partial(
            write_text,
            rows=[
                SERVICE,
                service(1),
                ["11430799MB20240500002", *[None] * 14, "d", "2024-05-20 23:00:00"],
                [None, *[None] * 14, "D", "2024-05-21 23:00:00"],
            ],
        ),
        (Sheet(loaded=1, quarantined={4: "required"}, listed={3: "deletion"}, periods=("2024-05",)),),
    ),
    services(
        "special_procedure.xlsx",
        "特别程序期间不计入时限；尚未结束的特别程序使时限停住",
        one(
            [
                SERVICE,
                service(6, c7="2024-05-08", c8="2024-05-13"),
                service(7, c7="2024-05-09", c8=None, c9=None, c10=None),
                service(8),
            ]
        ),
        (Sheet(loaded=3, periods=("2024-05",)),),
    ),
    services(
        "negative_spans.csv",
        "结束早于开始、办结早于受理、承诺时限为负",
        partial(
            write_text,
            rows=[
                SERVICE,
                service(1, c7="2024-05-06", c8="2024-05-03"),
                service(2, c9="2024-04-30 10:00:00"),
                service(3, c6="-5"),
                service(4, c9="-"),
            ],
            encoding="gb18030",
        ),
        (
            Sheet(
                loaded=1,
                quarantined={2: "special_ends_after_start", 3: "completed_after_accepted", 4: "promised_days_positive"},
                periods=("2024-05",),
            ),
        ),
    ),
    services(
        "names_of_units.csv",
        "单位的全称、简称、带县名、旧名可读；旧单位改革后的行归新单位；名册外的隔离",
        partial(
            write_text,
            rows=[
                SERVICE,
                service(1, c11="样例县市场监督管理局"),
                service(2, c11="市监局"),
                service(3, c11="县工商行政管理局"),
                service(4, c11="县工商行政管理局", c5="2019-03-01", c9="2019-03-05"),
                service(5, c11="桃花镇人民政府", c12="乡镇级"),
                service(6, c11="某某中心"),
                service(7, c11="market_bureau"),
            ],
        ),
        (Sheet(loaded=6, quarantined={7: "unknown_unit"}, periods=("2024-05",)),),
    ),
    services(
        "late_changes.csv",
        "几行去年的迟到修改不使覆盖期间拉长：取到末月为止的连续月份",
        partial(
            write_text,
            rows=[
                SERVICE,
                service(1, c16="2023-11-03 23:00:00", c5="2023-11-01", c9="2023-11-02"),
                service(2, c16="2024-04-30 23:00:00", c5="2024-04-01", c9="2024-04-02"),
                service(3),
            ],
        ),
        (Sheet(loaded=3, periods=("2024-04", "2024-05")),),
    ),
]
register = partial(Case, "enterprises")
TITLED = [["企业登记名录（截至2024年12月31日）"], ["单位：万元"]]
REGISTER = [
    register(
        "capital_in_header_wan.xlsx",
        "表头写明万元：以元入库",
        one([[*ENTERPRISE[:5], "注册资本（万元）", ENTERPRISE[6]], enterprise(1, c5="50"), enterprise(2, c5=1234.56), enterprise(3, c5="1,000")]),
        (Sheet(loaded=3, periods=YEAR),),
    ),
    register(
        "capital_in_header_yi.csv",
        "表头写明亿元，全角数字",
        partial(write_text, rows=[[*ENTERPRISE[:5], "注册资本(亿元)", ENTERPRISE[6]], enterprise(1, c5="１３２．３"), enterprise(2, c5="0.05")]),
        (Sheet(loaded=2, periods=YEAR),),
    ),
    register(
        "capital_in_title.xlsx",
        "“单位：万元”写在表头上方；标题写明截止日",
        one([*TITLED, ENTERPRISE, enterprise(1, c5="50"), enterprise(2, c5="80万元"), enterprise(3, c5="300元")]),
        (Sheet(loaded=3, listed={1: "title", 2: "title"}, periods=YEAR),),
        received_on=date(2025, 3, 10),
    ),
    register(
        "capital_with_words.csv",
        "金额带单位、约数：1.2万可读；7万余、约50万元不是准数，隔离",
        partial(
            write_text,
            rows=[
                ENTERPRISE,
                enterprise(1, c5="1.2万"),
                enterprise(2, c5="人民币50万元"),
                enterprise(3, c5="7万余"),
                enterprise(4, c5="约50万元"),
                enterprise(5, c5="—"),
                enterprise(6, c5="100万美元"),
            ],
        ),
        (
            Sheet(
                loaded=3,
                quarantined={4: "qualified_number", 5: "qualified_number", 7: "not_money"},
                periods=YEAR,
            ),
        ),
    ),
    register(
        "total_ties.xlsx",
        "合计与各行之和相符",
        one([ENTERPRISE, enterprise(1, c5="500000.10"), enterprise(2, c5="1000000.20"), ["合计", None, None, None, None, 1500000.3, None]]),
        (Sheet(loaded=2, listed={4: "total"}, periods=YEAR, totals_tie=True),),
    ),
    register(
        "total_differs.xlsx",
        "合计与各行之和不符：告知，合计行不入库",
        one([ENTERPRISE, enterprise(1), enterprise(2), ["合　计：", None, None, None, None, "1500000", None]]),
        (Sheet(loaded=2, listed={4: "total"}, told=("total_differs",), periods=YEAR, totals_tie=False),),
    ),
    register(
        "subtotals.xlsx",
        "小计与合计都相符；被隔离的行也计入合计",
        one(
            [
                ENTERPRISE,
                enterprise(1, c5="100"),
                enterprise(2, c5="200", c4="无名镇"),
                ["小计", None, None, None, None, "300", None],
                enterprise(3, c5="400"),
                ["小计", None, None, None, None, "400", None],
                [None, "总计（元）", None, None, None, "700", None],
            ]
        ),
        (
            Sheet(
                loaded=2,
                quarantined={3: "unknown_unit"},
                listed={4: "total", 6: "total", 7: "total"},
                periods=YEAR,
                totals_tie=True,
            ),
        ),
    ),
    register(
        "credit_codes.csv",
        "信用代码：全角、小写、空格可读；校验位错、科学计数法隔离",
        partial(
            write_text,
            rows=[
                ENTERPRISE,
                enterprise(1, c0="".join(chr(ord(sign) + 0xFEE0) for sign in credit_code(1))),
                enterprise(2, c0=credit_code(2).lower()),
                enterprise(3, c0=credit_code(3)[:8] + " " + credit_code(3)[8:]),
                enterprise(4, c0=credit_code(4)[:17] + ("0" if credit_code(4)[17] != "0" else "1")),
                enterprise(5, c0="9.14308E+17"),
            ],
        ),
        (Sheet(loaded=3, quarantined={5: "bad_check_digit", 6: "damaged_number"}, periods=YEAR),),
    ),
    register(
        "towns.xlsx",
        "镇街的名称、简称、代码可读；单位不是镇街",
        one(
            [
                ENTERPRISE,
                enterprise(1, c4="桃花镇人民政府"),
                enterprise(2, c4="城关街道办"),
                enterprise(3, c4=430799101),
                enterprise(4, c4="县公安局"),
                enterprise(5, c4="无"),
            ]
        ),
        (Sheet(loaded=4, quarantined={5: "unknown_unit"}, periods=YEAR),),
    ),
]
FINES = ("行政处罚决定书文号", "行政相对人名称", "行政相对人代码_1（统一社会信用代码）", "罚款金额（万元）", "没收金额", "执法证号", "处罚决定日期", "处罚机关")
fine = partial(Case, "administrative_penalties")
FINED = [
    fine(
        "several_certificates.xlsx",
        "一格多个执法证号；罚款以万元，没收按约定以万元；文号括号不一",
        one(
            [
                FINES,
                ["样市监罚[2024]7号", "甲公司", credit_code(1), "0.5", "1.234567", "18140101、18140102", "2024-02-05", "县市监局"],
                ["样市监罚〔2024〕第08号", "乙公司", "无", "2000元", "—", "18140103,18140104 18140105", "2024/2/6", "县市场监督管理局"],
                ["样市监罚（2024）9号", "丙某", "/", "", None, "18140101", "2024.2.7", "县工商行政管理局"],
            ]
        ),
        (Sheet(loaded=3),),
    ),
    fine(
        "total_with_two_units.csv",
        "两列金额单位不同，合计各自相符",
        partial(
            write_text,
            rows=[
                [*FINES[:4], "没收金额（元）", *FINES[5:]],
                ["样市监罚〔2024〕1号", "甲公司", None, "1.5", "100", None, "2024-01-05", "县市监局"],
                ["样市监罚〔2024〕2号", "乙公司", None, "2.5", "50", None, "2024-01-06", "县市监局"],
                ["合计", None, None, "4", "150", None, None, None],
            ],
        ),
        (Sheet(loaded=2, listed={4: "total"}, totals_tie=True),),
    ),
]
LETTERS = ("留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间")
OTHERS = [
    Case(
        "citizen_letters",
        "same_letter_again.xlsx",
        "同一留言再次导出：后一行有效；文字列里的“—”“无”照录；单元格前的换行去掉",
        one(
            [
                LETTERS,
                [2549, "A00045581", "物业管理有问题", "2024/4/25 9:32:09", "\n\t\t\n\t小区门口被围", "—", "2024/5/10 14:56:53"],
                [2554, "A00023583", "道路未修好", "2024-04-24 16:03:40", "无", None, None],
                [2554, "A00023583", "道路未修好", "2024-04-24 16:03:40", "无", "已转住建局", "2024/5/9"],
                [2555, "A00031618", "教师待遇", "2024/4/24", "……", "已复", "2024/4/20"],
            ]
        ),
        (Sheet(loaded=2, quarantined={5: "replied_after_asked"}, listed={3: "superseded"}, periods=("2024Q2",)),),
    ),
    Case(
        "credit_checks",
        "key_of_three_columns.csv",
        "同一企业同日由两个单位核查是两条；同单位同日结果不同为冲突",
        partial(
            write_text,
            rows=[
                ["统一社会信用代码", "企业名称", "核查日期", "核查单位", "核查事由", "核查结果"],
                [credit_code(1), "甲公司", "2024-05-06", "县公安局", "评优", "无失信记录"],
                [credit_code(1), "甲公司", "2024-05-06", "县教育局", "采购", "正常"],
                [credit_code(1), "甲公司", "2024年5月6日", "公安局", "补贴", "失信"],
            ],
        ),
        (Sheet(loaded=2, quarantined={4: "duplicate_key"}, periods=YEAR),),
    ),
    Case(
        "duty_reports",
        "years.xlsx",
        "年度写法不一；次年的年度不合理，隔离",
        one(
            [
                ["述法年度", "单位名称", "姓名", "职务类别", "述法日期", "述法形式"],
                ["2024年度", "县公安局", "张某", "党委书记", "2025-01-08", "现场"],
                [2024, "县教育局", "李某", "行政主要负责人", "2025年1月9日", "书面"],
                ["2024年", "桃花镇", "王某", "党委（党组）主要负责人", None, None],
                ["2034", "县司法局", "赵某", "党组书记", None, None],
            ]
        ),
        (Sheet(loaded=3, quarantined={5: "future_date"}, periods=YEAR),),
    ),
    Case(
        "litigation_cases",
        "several_defendants.xlsx",
        "一格多个被告；已开庭未填负责人是否出庭的隔离；“无”在是否列是否",
        one(
            [
                ["案号", "原告", "被告", "审级", "立案日", "开庭日", "负责人职务", "是否出庭", "裁判日", "结果", "是否败诉"],
                ["（2024）湘0799行初12号", "甲某", "县公安局、桃花镇人民政府", "一审", "2024-03-05", "2024-04-10", "正职", "是", "2024-05-06", "驳回诉请", "否"],
                ["(2024)湘0799行初13号", "乙公司", "县市监局；县司法局", "一审", "2024-03-06", "2024-04-11", "副职", "无", None, None, None],
                ["（2024）湘0799行初14号", "丙某", "县教育局", "一审", "2024-03-07", "2024-04-12", None, None, None, None, None],
                ["（2024）湘0799行初15号", "丁某", "县教育局、县某某局", "一审", "2024-03-08", None, None, None, None, None, None],
            ]
        ),
        (
            Sheet(
                loaded=2,
                quarantined={4: "heard_says_who_came", 5: "unknown_unit"},
                told=("missing_optional",) * 4,
                periods=YEAR,
            ),
        ),
    ),
    Case(
        "normative_documents",
        "dates_that_may_lie_ahead.xlsx",
        "施行日期、有效期可以在将来，印发日期不可以；文号括号不一",
        one(
            [
                ["文号", "统一登记号", "文件名称", "文件层级", "制定机关", "印发日期", "是否需公平竞争审查", "施行日期", "有效期至"],
                ["样政办发[2024]第7号", "YXDR—2024—00007", "某管理办法", "县政府", "县政府", "2024-06-05", "√", "2025-07-01", "2030-06-30"],
                ["样司发〔2024〕3号", None, "某工作规范", "部门规范性文件", "司法局", "2024年8月1日", "×", "2024-08-01", None],
                ["样司发〔2024〕4号", None, "某工作规则", "部门", "县司法局", "2025-12-01", "否", None, None],
                ["样司发2024-5", None, "某办法", "部门", "县司法局", "2024-12-01", "否", None, None],
            ]
        ),
        (
            Sheet(
                loaded=2,
                quarantined={4: "future_date", 5: "not_document_number"},
                told=("missing_optional",) * 2,
                periods=YEAR,
            ),
        ),
    ),
    Case(
        "normative_document_filings",
        "two_authorities.ods",
        "一份文件报两个机关是两条；报备早于印发的隔离",
        saved_as(
            [
                ["文号", "制定机关", "印发日期", "报备日期", "备案机关", "审查结论"],
                ["样政办发〔2024〕7号", "县政府", "2024-06-05", "2024-06-12", "市人民政府", "合格"],
                ["样政办发〔2024〕7号", "县政府", "2024-06-05", None, "县人大常委会", None],
                ["样司发〔2024〕3号", "县司法局", "2024-08-01", "2024-07-30", "县政府", "予以备案"],
            ],
            "ods",
        ),
        (Sheet(loaded=2, quarantined={4: "filed_after_issue"}, periods=YEAR),),
    ),
]
refused = partial(Case, "refused")


def word_document(path: Path) -> None:
    """A letter as WPS Writer saves it: an OLE document."""
    source = path.with_name("letter_source.txt")
    source.write_text("关于报送台账的函", "utf-8")
    convert(source, path, "doc")
    source.unlink()


REFUSED = [
    refused("no_dataset.xlsx", "表头不是任何一张登记的表", one([["食堂", "菜名", "单价"], ["一", "米饭", "1"]]), (Sheet(refused="no_match"),)),
    refused(
        "data_row_as_header.xlsx",
        "表头丢了，首行就是数据",
        one([aid(1), aid(2)]),
        (Sheet(refused="no_match"),),
    ),
    refused("empty.xlsx", "空工作簿", lambda path: write_openpyxl(path, {"Sheet1": []}), refused="no_table"),
    refused("scan.pdf", "PDF", saved_as(THREE, "pdf"), refused="not_a_table"),
    refused("archive.rar", "rar 压缩包", lambda path: path.write_bytes(b"Rar!\x1a\x07\x01\x00" + b"\x00" * 64) and None, refused="other_archive"),
    refused("letter.wps", "WPS 文字", word_document, refused="not_a_table"),
    refused(
        "secret_by_name.xlsx",
        "文件名带密级",
        one(THREE),
        refused="secret",
        display_name="机密★法律援助台账.xlsx",
    ),
    refused("secret_by_title.xlsx", "标题上方有密级标志", one([["秘密★1年"], ["法律援助台账"], *THREE]), refused="secret"),
    refused("internal_by_title.xlsx", "标题注明内部资料", one([["法律援助台账（内部资料 注意保密）"], *THREE]), refused="secret"),
    refused("secret_by_column.xlsx", "“密级”列中有机密的行", one([[*AID, "密级"], *[[*aid(n), "公开"] for n in range(1, 25)], [*aid(25), "机密"]]), refused="secret"),
    refused("wrong_supplier.xlsx", "别的单位报送的表", one(THREE), (Sheet(refused="wrong_supplier"),), supplier="hotline_office"),
]
OTHER_CASES = [*SERVICES, *REGISTER, *FINED, *OTHERS, *REFUSED]
