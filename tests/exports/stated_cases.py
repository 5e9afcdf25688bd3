"""Golden cases of the figures that units state themselves."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial

from aid_cases import one
from cases import YEAR, Case, Sheet
from writers import Rows, write_text

MARKET = partial(Case, supplier="market_bureau")
TITLED: Rows = [
    ["样例县2024年度自报数字表", *[None] * 5],
    ["序号", "自报 单位", "数据年度", "指标名称", "自报数字", "自报说明"],
    [1, "县市场监督管理局", "2024年", "免予处罚案件", "２８件", "年度总结"],
    [2, "县市场监督管理局", 2024, "\u3000行政复议纠错率\n", "21.5%", None],
    [3, "县市场监督管理局", "2024年度", "复议纠错率", "19.2%", "按新收计算"],
    [4, "县市场监督管理局", "2024", "发放宣传资料", "7万余份", "—"],
    [5, "县市场监督管理局", "2024", "registered_enterprises", "15000多家", None],
    [6, "县市场监督管理局", "2024", "enterprises", "15000多家", None],
    [7, "县市场监督管理局", "2024", "从轻处罚案件", "很多", None],
    [8, "县市场监督管理局", "2024", "减轻处罚案件", "", None],
    ["说明：自报数字以年度总结为准。", *[None] * 5],
]
MONEY: Rows = [
    ["填报单位", "自报年度", "自报指标", "自报数", "自报出处"],
    ["县市场监督管理局", "2024", "企业信用核查率", "95%以上", "政府工作报告"],
    ["县市场监督管理局", "2024", "企业信用核查率", "96%", "年度总结"],
    ["县市场监督管理局", "2024", "从轻处罚案件", "１２.０", None],
]

STATED_CASES = [
    MARKET(
        "stated_figures", "titled.xlsx", "标题合并，指标按名称或 id 写；名称不认识的和不是数字的退回，退回时给出最接近的名称",
        one(TITLED, merged=("A1:F1",)), (Sheet(loaded=4, quarantined={5: "unknown_metric", 7: "unknown_metric", 9: "not_number", 10: "required"}, listed={1: "title", 11: "note"}, periods=YEAR),),
    ),
    MARKET(
        "stated_figures", "twice.csv", "同一指标报了两次，内容不同；GB18030",
        partial(write_text, rows=MONEY, encoding="gb18030"), (Sheet(loaded=2, quarantined={3: "duplicate_key"}, periods=YEAR),),
    ),
]
