"""Golden cases of the other datasets: several values in a cell, keys, years, numbers of documents."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial

from aid_cases import one, saved_as
from cases import YEAR, Case, Sheet, credit_code
from writers import write_text

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
        "credit_checks",
        "merged_over_rows.xlsx",
        "核查单位跨两行合并：第二行读出为空，隔离，并告知取消合并",
        one(
            [
                ["统一社会信用代码", "企业名称", "核查日期", "核查单位", "核查事由", "核查结果"],
                [credit_code(1), "甲公司", "2024-05-06", "县公安局", "评优", "无失信记录"],
                [credit_code(2), "乙公司", "2024-05-06", None, "评优", "无失信记录"],
            ],
            merged=("D2:D3",),
        ),
        (Sheet(loaded=1, quarantined={3: "required"}, told=("merged_rows",), periods=YEAR),),
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
                told=("missing_optional",) * 7,
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

OTHER_CASES = [*FINED, *OTHERS]
