"""Golden cases of government services: marks of change, clocks, names of units."""

# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial

from aid_cases import one
from cases import SERVICE, Case, Sheet, service
from writers import write_text

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
