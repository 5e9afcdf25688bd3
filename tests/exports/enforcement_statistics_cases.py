"""Golden cases of the five yearly tables of enforcement: a header in two rows, a total, and notes below."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial

from aid_cases import one
from cases import YEAR, Case, Sheet
from writers import write_text

FROM_JUSTICE = partial(Case, supplier="justice_bureau")
NOTES = ["说明：1.一案并处两种以上处罚的计一宗，计入最重的一种；2.没有发生的填“—”或留空。"]
CLASSES = ["警告、通报批评", "罚款", "没收违法所得、没收非法财物", "暂扣许可证件、降低资质等级", "吊销许可证件", "限制开展生产经营活动、责令关闭、限制从业", "责令停产停业", "行政拘留", "其他", "合计（宗）"]
COERCED = ["查封", "扣押", "冻结", "其他措施", "加处罚款", "划拨", "拍卖", "排除妨碍", "代履行", "其他执行", "申请人民法院强制执行", "合计"]

STATISTICS_CASES = [
    FROM_JUSTICE(
        "penalty_statistics",
        "wan_yuan_two_rows.xlsx",
        "两行合并表头；万元换成元；“—”是空；各类之和与合计不符的行照录，由平衡率指出；合计没有填的隔离",
        one(
            [
                ["样例县2024年度行政处罚统计表", *[None] * 12],
                ["年度", "单位名称", "行政处罚宗数", *[None] * 9, "罚没金额（万元）"],
                [None, None, *CLASSES, None],
                ["2024", "县市监局", 12, 30, 5, "—", None, None, 1, None, None, 48, "6.5"],
                ["2024", "县公安局", "２０", 8, None, None, None, None, None, 15, "/", 44, "0.8"],
                ["2024", "县水利局", 1, 2, None, None, None, None, None, None, None, None, "0.2"],
                ["合计", None, 33, 40, 5, 0, 0, 0, 1, 15, 0, 92, "7.5"],
                NOTES,
            ],
            merged=("A1:M1", "A2:A3", "B2:B3", "C2:L2", "M2:M3"),
        ),
        (Sheet(loaded=2, quarantined={6: "required"}, listed={1: "title", 7: "total", 8: "note"}, periods=YEAR, totals_tie=True),),
    ),
    FROM_JUSTICE(
        "penalty_statistics",
        "yuan_one_row.csv",
        "另一单位按元报送、一行表头",
        partial(
            write_text,
            rows=[
                ["统计年度", "填报单位", *CLASSES, "罚没金额(元)"],
                ["2024年", "县市监局", "12", "30", "5", "0", "0", "0", "1", "0", "0", "48", "65,000"],
            ],
            encoding="gb18030",
        ),
        (Sheet(loaded=1, periods=YEAR),),
    ),
    FROM_JUSTICE(
        "licence_statistics",
        "applied_and_granted.xlsx",
        "两行表头；受理多于申请的行照录，由平衡率指出；件数写“约”的隔离",
        one(
            [
                ["年度", "填报单位", "行政许可件数", None, None, None, None, None],
                [None, None, "上年结转", "申请", "受理", "许可", "不予许可", "撤销"],
                ["2024", "县市监局", 3, 420, 415, 410, 2, 0],
                ["2024", "县公安局", None, 100, 101, 99, "—", None],
                ["2024", "县水利局", None, "约50", 50, 49, 1, None],
                NOTES,
            ],
            merged=("A1:A2", "B1:B2", "C1:H1"),
        ),
        (Sheet(loaded=2, quarantined={5: "qualified_number"}, listed={6: "note"}, periods=YEAR),),
    ),
    FROM_JUSTICE(
        "coercion_statistics",
        "measures_and_execution.xlsx",
        "两组并列的合并表头：强制措施、强制执行；同一单位两行不一致的隔离后一行",
        one(
            [
                ["样例县2024年度行政强制统计表", *[None] * 13],
                ["统计年度", "执法单位", "行政强制措施", None, None, None, "行政强制执行", *[None] * 6, "合计"],
                [None, None, *COERCED[:-1], None],
                ["2024", "县市监局", 9, 12, None, None, 3, None, None, None, None, None, 2, 26],
                ["2024", "县公安局", None, 5, None, 1, None, None, None, None, 1, None, None, 7],
                ["2024", "县公安局", None, 6, None, 1, None, None, None, None, 1, None, None, 8],
            ],
            merged=("A1:N1", "A2:A3", "B2:B3", "C2:F2", "G2:M2", "N2:N3"),
        ),
        (Sheet(loaded=2, quarantined={6: "duplicate_key"}, listed={1: "title"}, periods=YEAR),),
    ),
    FROM_JUSTICE(
        "other_action_statistics",
        "counts.xlsx",
        "“次数”在分组表头里；单位不认识的隔离",
        one(
            [
                ["年度", "单位名称", "其他行政执法行为次数", *[None] * 6],
                [None, None, "征收", "裁决", "确认", "奖励", "给付", "检查", "合计（次）"],
                ["2024", "县市监局", None, None, 12, 3, None, 640, 655],
                ["2024", "城关街道办", None, None, None, None, 88, 120, 208],
                ["2024", "县盐务局", None, None, None, None, None, 5, 5],
            ],
            merged=("A1:A2", "B1:B2", "C1:I1"),
        ),
        (Sheet(loaded=2, quarantined={5: "unknown_unit"}, periods=YEAR),),
    ),
    FROM_JUSTICE(
        "certificate_statistics",
        "held.csv",
        "年初加新增减注销不等于年末的行照录，由平衡率指出；小数人数的隔离",
        partial(
            write_text,
            rows=[
                ["序号", "年度", "执法单位", "年初持证人数", "本年新增人数", "本年注销人数", "年末持证人数", "在岗执法人员数", "持证率"],
                ["1", "2024", "县市监局", "150", "12", "3", "159", "160", "99.4%"],
                ["2", "2024", "桃花镇", "14", "", "", "15", "15", "100%"],
                ["3", "2024", "县公安局", "200", "10.5", "1", "209", "210", "99.5%"],
            ],
        ),
        (Sheet(loaded=2, quarantined={4: "not_integer"}, periods=YEAR, told=("unknown_column",)),),
    ),
]
