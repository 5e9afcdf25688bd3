"""Golden cases of cells: dates, marks for empty, white space, ids."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from aid_cases import case, one
from cases import AID, Sheet, aid, citizen_id
from writers import write_text

CELLS = [
    case(
        "dates_in_many_forms.xlsx",
        "日期的各种写法：年月日、斜线带时间、点、紧凑、真日期、Excel 序列号、全角",
        one(
            [
                AID,
                aid(1, c7="2024年3月1日", c8="2024/3/5 9:32:09", c9="2024.3.6"),
                aid(2, c7="20240302", c8=datetime(2024, 3, 6), c9=datetime(2024, 3, 7, 9, 32, 9)),
                aid(3, c7=45354, c8="45358", c9=45359.5),
                aid(4, c7="２０２４年３月４日", c8="２０２４－０３－０８", c9="2024-03-09 00:00:00"),
                aid(5, c7=date(2024, 3, 5), c8="2024-3-9", c9="2024-03-10T08:00:00"),
            ]
        ),
        (Sheet(loaded=5),),
    ),
    case(
        "impossible_dates.xlsx",
        "不存在的日期、两位年份、文字：逐行隔离",
        one([AID, aid(1, c7="2024-02-30"), aid(2, c7="24.3.5"), aid(3, c8="三月上旬"), aid(4, c7="2024-13-01"), aid(5)]),
        (Sheet(loaded=1, quarantined={2: "impossible_date", 3: "two_digit_year", 4: "not_date", 5: "impossible_date"}),),
    ),
    case(
        "future_dates.xlsx",
        "晚于数据截止日的日期：年份录错，隔离；它不决定覆盖期间",
        one([AID, aid(1), aid(2, c7="2042-03-02", c8="2042-03-06", c9="2042-03-07")]),
        (Sheet(loaded=1, quarantined={3: "future_date"}),),
    ),
    case(
        "dates_out_of_order.xlsx",
        "审批早于受理、指派早于审批：按规则隔离，其余错误一并告知",
        one([AID, aid(1, c8="2024-02-20"), aid(2, c9="2024-03-03"), aid(3, c8="2024-02-20", c11="2024-02-01"), aid(4)]),
        (Sheet(loaded=1, quarantined={2: "reviewed_after_accepted", 3: "assigned_after_reviewed", 4: "reviewed_after_accepted"}),),
    ),
    case(
        "empty_marks.xlsx",
        "—、/、无、空白在可选列表示未填；承办机构是文字，“无”照录",
        one([AID, aid(1, c3="—", c8="/", c9="无", c11="——"), aid(2, c3="", c8=" ", c9="-", c10="无"), aid(3, c3="N/A", c9="NULL")]),
        (Sheet(loaded=3),),
    ),
    case(
        "required_empty.xlsx",
        "必填单元格为空或写“无”：隔离",
        one([AID, aid(1, c1=None), aid(2, c7="/"), aid(3, c0="　"), aid(4, c2="无"), aid(5)]),
        (Sheet(loaded=1, quarantined={2: "required", 3: "required", 4: "required", 5: "required"}),),
    ),
    case(
        "leading_tabs_and_newlines.xlsx",
        "每个单元格前有换行和制表符",
        one([AID, ["\n\t\t" + str(cell) if cell else cell for cell in aid(1)], ["\t" + str(cell) if cell else cell for cell in aid(2)]]),
        (Sheet(loaded=2),),
    ),
    case(
        "wide_spaces.xlsx",
        "不间断空格和全角空格",
        one([AID, ["\u00a0" + str(cell) + "\u3000" if cell else cell for cell in aid(1)], aid(2, c1="王\u3000某", c7="2024\u00a0年3月2日")]),
        (Sheet(loaded=2),),
    ),
    case(
        "full_width.xlsx",
        "全角数字、字母和括号",
        one([AID, aid(1, c0="样援２０２４－００１", c2="".join(chr(ord(sign) + 0xFEE0) for sign in citizen_id(1)), c3="０７３６－３２０１２３４")]),
        (Sheet(loaded=1),),
    ),
    case(
        "damaged_ids.xlsx",
        "身份证号被存成数字，末几位已丢失；另一行是科学计数法文本",
        one([AID, aid(1, c2=float(int(citizen_id(4)[:17] + "0"))), aid(2, c2="4.30799E+17"), aid(3)]),
        (Sheet(loaded=1, quarantined={2: "damaged_number", 3: "damaged_number"}),),
    ),
    case(
        "damaged_ids.csv",
        "文本导出里的科学计数法身份证号",
        partial(write_text, rows=[AID, aid(1, c2="4.30799E+17"), aid(2)], encoding="gb18030"),
        (Sheet(loaded=1, quarantined={2: "damaged_number"}),),
    ),
    case(
        "wrong_ids.xlsx",
        "身份证号校验位错、出生日期不存在；老式15位和小写x可读",
        one(
            [
                AID,
                aid(1, c2=citizen_id(1)[:17] + ("1" if citizen_id(1)[17] != "1" else "2")),
                aid(2, c2=citizen_id(2, "19900230")),
                aid(3, c2="430799900101123"),
                aid(4, c2=next(one for one in map(citizen_id, range(1, 99)) if one.endswith("X")).lower()),
            ]
        ),
        (Sheet(loaded=2, quarantined={2: "bad_check_digit", 3: "bad_birth_date"}),),
    ),
    case(
        "unknown_codes.xlsx",
        "代码列的写法：别名和空格可读，未登记的隔离",
        one([AID, aid(1, c4="认罪认罚", c5="刑"), aid(2, c4="法律 咨询", c6=2), aid(3, c5="商事")]),
        (Sheet(loaded=2, quarantined={4: "unknown_code"}),),
    ),
]
