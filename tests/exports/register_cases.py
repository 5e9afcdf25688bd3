"""Golden cases of the register of enterprises: money, totals, codes, towns."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from datetime import date
from functools import partial

from aid_cases import one
from cases import ENTERPRISE, YEAR, Case, Sheet, credit_code, enterprise
from writers import write_text

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
        "total_on_top.xlsx",
        "合计写在表头下第一行：与其下各行之和比较",
        one([ENTERPRISE, ["合计", None, None, None, None, "1000000", None], enterprise(1), enterprise(2)]),
        (Sheet(loaded=2, listed={2: "total"}, periods=YEAR, totals_tie=True),),
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
