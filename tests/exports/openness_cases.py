"""Golden cases of proposals, openness and the hotline."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial
from pathlib import Path

from aid_cases import one, saved_as
from cases import YEAR, Case, Sheet
from writers import Rows, write_openpyxl, write_text

OFFICE = partial(Case, supplier="county_government_office")
REQUEST = (
    "依申请公开编号", "申请人类型", "申请人", "申请方式", "答复机关", "收到日期", "补正告知日", "补正到达日", "征求第三方起", "征求第三方止",
    "延期批准日", "答复日期", "答复结果", "答复书文号",
)  # fmt: skip


def request(number: int, received: str, replied: str | None, kind: str | None = "予以公开", **other: str | None) -> list[str | None]:
    """One request of a natural person; `other` by place in REQUEST: c6=..., c10=... ."""
    row: list[str | None] = [
        f"YQ-{number:03d}", "自然人", "张某", "网络", "县公安局", received, None, None, None, None, None, replied, kind,
        f"样公开告[2024]{number}号",
    ]  # fmt: skip
    for place, value in other.items():
        row[int(place[1:])] = value
    return row


NAMES = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
TABLE: Rows = [
    ["2024年度收到和处理政府信息公开申请情况", *[None] * 9],
    ["（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", None, None, "申请人情况", *[None] * 6],
    [None, None, None, "自然人", "法人或其他组织", None, None, None, None, "总计"],
    [None, None, None, None, *NAMES[1:6], None],
    ["一、本年新收政府信息公开申请数量", None, None, 5, 2, 0, 0, 1, 0, 8],
    ["二、上年结转政府信息公开申请数量", None, None, 1, 0, 0, 0, 0, 0, 1],
    ["三、本年度办理结果", "（一）予以公开", None, 3, 1, 0, 0, 1, 0, 5],
    [None, "（二）部分公开（区分处理的，只计这一情形，不计其他情形）", None, 1, 0, 0, 0, 0, 0, 1],
    [None, "（三）不予公开", "1.属于国家秘密", 0, 0, 0, 0, 0, 0, 0],
    [None, None, "5.属于三类内部事务信息", 1, 0, 0, 0, 0, 0, 2],
    [None, "（六）其他处理", "3.其他", "若干", 0, 0, 0, 0, 0, 1],
    [None, "（七）总计", None, 5, 1, 0, 0, 1, 0, 7],
    ["四、结转下年度继续办理", None, None, 1, 1, 0, 0, 0, 0, 2],
]
MERGED = (
    "A1:J1", "A2:C4", "D2:J2", "D3:D4", "E3:I3", "J3:J4", "A5:C5", "A6:C6", "A7:A12", "B7:C7", "B8:C8", "B9:B10", "B12:C12", "A13:C13",
)  # fmt: skip


def table(path: Path) -> None:
    """The table as it is published: labels over three columns, header over three rows."""
    write_openpyxl(path, {"表三": TABLE}, MERGED)


OPENNESS_CASES = [
    OFFICE(
        "proposals",
        "met_replied_rated.xlsx",
        "同号的建议与提案各算一件；会办单位一格多个；评价而没有答复的隔离；涉及面的两种写法；空的涉及面隔离",
        one(
            [
                ["序 号", "建议（提案）编号", "建议（提案）类别", "案由标题", "第一提案人", "承办（主办）单位", "协办单位", "交办时间", "办理类别", "见面日期", "建议提案答复日期", "满意程度"],
                [1, "001", "人大建议", "关于公交线路的建议", "王强", "县住建局", "县公安局、县民政局", "2024-02-26", "普通", "2024-03-12", "2024-05-27", "满意"],
                [2, "001", "政协委员提案", "关于养老服务的建议", "李明", "县民政局", "—", "2024年2月26日", "涉及面广、处理难度大", "2024.3.20", "2024.8.26", "基本满意"],
                [3, "002", "人大建议", "关于饮水安全的建议", "赵六", "县水利局", None, "2024-02-26", "普通", "2024-03-12", "—", "满意"],
                [4, "003", "人大建议", "关于停车的建议", "赵六", "县公安局", None, "2024-02-26", None, None, None, None],
                [5, "004", "人大建议", "关于停车的建议", "赵六", "县公安局", None, "2024-02-26", "普通", None, None, None],
            ],
        ),
        (Sheet(loaded=3, quarantined={4: "rated_after_reply", 5: "required"}, periods=YEAR),),
    ),
    OFFICE(
        "disclosed_information",
        "two_lists.csv",
        "两类清单同号不重复；公开早于形成的隔离；不存在的日期隔离；制表人一行不入库",
        partial(
            write_text,
            rows=[
                ["索引号", "信息类别", "信息名称", "所属领域", "信息公开单位", "形成（变更）日期", "信息公开日期"],
                ["YLGK-2024-00001", "主动公开", "招标结果公告", "", "县住建局", "2024-03-04", "2024-03-29"],
                ["YLGK-2024-00001", "重点领域", "预算公开", "财政预决算", "县政府办", "2024/3/4", "2024/3/5"],
                ["YLGK-2024-00002", "主动公开信息", "处罚决定", "/", "县公安局", "2024-03-29", "2024-03-04"],
                ["YLGK-2024-00003", "主动公开信息", "处罚决定", "/", "县公安局", "2024-06-03", "2024年6月31日"],
                ["制表人：王强", "", "", "", "", "", ""],
            ],
        ),
        (Sheet(loaded=2, quarantined={4: "published_after_formed", 5: "impossible_date"}, listed={6: "note"}, periods=YEAR),),
    ),
    OFFICE(
        "grassroots_openness_updates",
        "quoted_header.ods",
        "表头带引号的“两化”；前导换行与不间断空格；编号重复的原样行只计一次",
        saved_as(
            [
                ["“两化”信息编号", "“两化”领域", "“两化”信息标题", "更新责任单位", "更新时间"],
                ["LH1", "\n\t社会救助", "标准目录更新", "县民政局", "2024/4/25 9:32:09"],
                ["LH1", "社会救助", "标准目录更新", "县民政局", "2024-04-25"],
                ["LH2", "\u00a0义务教育", "标准目录更新", "县教育局\u3000", "2024-05-06"],
                ["LH3", "养老服务", "标准目录更新", "", "2024-05-07"],
            ],
            "ods",
        ),
        (Sheet(loaded=2, quarantined={5: "required"}, listed={3: "duplicate"}, periods=YEAR),),
    ),
    OFFICE(
        "disclosure_requests",
        "clocks.xlsx",
        "20个工作日；补正后重新计算；征求第三方不计；延期须在期限内批准，晚批无效；补正未到达的停止计算；未结束就答复、先到达后告知的隔离",
        one(
            [
                REQUEST,
                request(1, "2024-04-25", "2024-05-24"),
                request(2, "2024-04-25", "2024-06-14", c6="2024-05-07", c7="2024-05-17"),
                request(3, "2024-04-25", "2024-06-13", c8="2024-05-06", c9="2024-05-27"),
                request(4, "2024-04-25", "2024-06-24", c10="2024-05-24"),
                request(5, "2024-04-25", "2024-06-24", c10="2024-05-27"),
                request(6, "2024-04-25", None, None, c6="2024-04-30", c13=None),
                request(7, "2024-04-25", "2024-05-24", c8="2024-05-06"),
                request(8, "2024-04-25", "2024-05-24", c7="2024-05-06"),
                request(9, "2024-04-25", "2024-05-24", None),
            ],
        ),
        (
            Sheet(
                loaded=6,
                quarantined={8: "pauses_end_with_reply", 9: "corrected_after_notice", 10: "reply_says_what"},
                told=("missing_optional",),
                periods=YEAR,
            ),
        ),
    ),
    OFFICE(
        "disclosure_annual_reports",
        "departments_and_county.xlsx",
        "部门1月31日、县政府3月31日；报告年度还没有结束的隔离",
        one(
            [
                ["政府信息公开工作年度报告发布台账", None, None, None],
                ["信息公开年报年度", "信息公开年报单位", "年报层级", "信息公开年报发布日期"],
                ["2023", "县公安局", "部门", "2024年1月31日"],
                ["2023年度", "县政府", "县级政府", "2024-03-18"],
                ["2024", "县民政局", "部门", "2024-12-20"],
            ],
            merged=("A1:D1",),
        ),
        (Sheet(loaded=2, quarantined={5: "published_after_year"}, listed={1: "title"}, periods=YEAR),),
    ),
    Case(
        "hotline_tickets",
        "kinds_and_limits.csv",
        "时限随诉求类型；延期；[作废]；办结而没有时间的隔离；未知类型隔离；GB18030",
        partial(
            write_text,
            rows=[
                ["热线工单号", "诉求登记时间", "诉求渠道", "诉求类别", "诉求标题", "处理方式", "热线承办单位", "热线办结时间", "延期审批时间", "当前阶段", "回访结果"],
                ["RX0001", "2024/4/30 9:32:09", "县长热线", "咨询", "社保政策", "直接答复", "县长热线办公室", "2024/4/30 9:40:00", "", "办结", "满意"],
                ["RX0002", "2024/4/30 9:32:09", "12345热线", "投诉", "占道经营", "转办", "城关街道办", "2024/5/10 9:00:00", "", "办结", "未评价"],
                ["RX0003", "2024-04-25", "网上留言", "举报", "非法采砂", "转办", "县水利局", "", "/", "在办", "/"],
                ["RX0004", "2024-04-25", "县长热线", "求助", "停水", "转办", "县水利局", "2024-05-13", "2024-05-06", "办结", "不满意"],
                ["RX0005", "2024-04-26", "县长热线", "求助", "停水", "转办", "县水利局", "", "", "[作废]", ""],
                ["RX0006", "2024-04-26", "县长热线", "求助", "停水", "转办", "县水利局", "", "", "办结", ""],
                ["RX0007", "2024-04-26", "县长热线", "表扬", "停水", "转办", "县水利局", "", "", "在办", ""],
            ],
            encoding="gb18030",
        ),
        (Sheet(loaded=5, quarantined={7: "closed_says_when", 8: "unknown_code"}, periods=("2024-04",)),),
        supplier="hotline_office",
    ),
]
YEAR_TABLE = [
    OFFICE(
        "disclosure_year_table",
        "table_of_three_header_rows.xlsx",
        "三行表头，项目名跨三列合并；各类申请人之和与总计不符的隔离；“若干”不是数字的隔离；“（七）总计”是一行数据",
        table,
        (
            Sheet(
                loaded=7,
                quarantined={10: "applicants_sum_up", 11: "not_number"},
                listed={1: "title"},
                periods=YEAR,
            ),
        ),
    ),
]
