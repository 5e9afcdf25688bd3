"""No value is changed in silence. Quick form: 30 values of each kind; `--values 1000`: the full drill.

Each kind makes texts as departments write them, together with what they say. A reader gives that or refuses; a text
that says no one thing is refused. Kinds that must be read are read always, so that refusing everything is no way out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from stdnum.cn import uscc

from tests.conftest import Cases
from tests.drills.seeding import SEED
from warehouse import cell_dates, cell_numbers
from warehouse.cells import (
    CellError,
    is_empty,
    read_citizen_id,
    read_code,
    read_credit_code,
    read_date,
    read_decimal,
    read_document_number,
    read_flag,
    read_identifier,
    read_integer,
    read_phone,
    read_text,
    read_timestamp,
    read_yuan,
)
from warehouse.serials import is_damaged

REFUSED = object()
Made = tuple[Any, Any]
Kind = tuple[Callable[[Any], Any], Callable[[random.Random], Made]]
WIDE = str.maketrans("0123456789,./-:%", "０１２３４５６７８９，．／－：％")
DIGITS = "零一二三四五六七八九"
LEVELS = {"县级": "county", "镇级（含街道）": "town", "村级": "village"}
INVISIBLE = ["", " ", "\u3000", "\u200b", "\ufeff", "\u00a0", "\n\t"]


def a_day(chance: random.Random) -> date:
    return date(1960, 1, 1) + timedelta(days=chance.randrange(58_000))


def day(form: str, wide: bool = False) -> Callable[[random.Random], Made]:
    def make(chance: random.Random) -> Made:
        one = a_day(chance)
        text = form.format(y=one.year, m=one.month, d=one.day)
        return text.translate(WIDE) if wide else text, one

    return make


def refused(form: str) -> Callable[[random.Random], Made]:
    """A text that says no one thing; {y}, {m}, {d} are of a day, {n} is a number, {w} one of two digits."""

    def make(chance: random.Random) -> Made:
        one = a_day(chance)
        number, small = chance.randrange(1, 10**6), chance.randrange(10, 100)
        return form.format(y=one.year, m=one.month, d=one.day, n=number, w=small, s=small % 9 + 1), REFUSED

    return make


def number(form: str, times: Decimal | int = 1, wide: bool = False, places: int = 0) -> Callable[[random.Random], Made]:
    def make(chance: random.Random) -> Made:
        value = Decimal(chance.randrange(1, 10**7)) / 10**places
        text = form.format(f"{value:,}" if "," in form else f"{value:f}").replace("|,", "")
        return text.translate(WIDE) if wide else text, value * times

    return make


def serial(with_time: bool) -> Callable[[random.Random], Made]:
    def make(chance: random.Random) -> Made:
        days = chance.randrange(20_000, 80_000)
        text = f"{days}.{chance.randrange(1, 9999):04}" if with_time else chance.choice([f"{days}", f"{days}.0"])
        return text, date(1899, 12, 30) + timedelta(days=days)

    return make


def utc(chance: random.Random) -> Made:
    moment = datetime.combine(a_day(chance), datetime.min.time()) + timedelta(minutes=chance.randrange(1440))
    return f"{moment.isoformat()}Z", (moment + timedelta(hours=8)).date()


def padded(chance: random.Random) -> Made:
    one = a_day(chance)
    return f"{chance.choice(INVISIBLE)}{one.isoformat()}{chance.choice(INVISIBLE)}", one


def afternoon(chance: random.Random) -> Made:
    one, hour, minute = a_day(chance), chance.randrange(1, 12), chance.randrange(60)
    return f"{one:%Y/%m/%d} 下午 {hour}:{minute:02}", datetime(one.year, one.month, one.day, hour + 12, minute)


def in_chinese(value: int) -> str:
    """1 to 9999 in Chinese numerals, as 三千零五."""
    text, units = "", ("", "十", "百", "千")
    for place, digit in zip(range(len(str(value)) - 1, -1, -1), str(value), strict=True):
        text += DIGITS[int(digit)] + (units[place] if digit != "0" else "")
    while "零零" in text:
        text = text.replace("零零", "零")
    return text.rstrip("零")


def chinese(chance: random.Random) -> Made:
    value = chance.randrange(1, 10_000)
    return in_chinese(value), value


def float_noise(chance: random.Random) -> Made:
    value = Decimal(chance.randrange(1, 10**6)) / 1000
    return repr(float(value) + 1e-13 * chance.choice((-1, 0, 1))), value


def a_credit_code(chance: random.Random) -> str:
    body = f"91{chance.randrange(10**6):06}{''.join(chance.choices('0123456789ABCDEFGHJKLMNPQRTUWXY', k=9))}"
    return str(body + uscc.calc_check_digit(body))


def credit_code(chance: random.Random) -> Made:
    code = a_credit_code(chance)
    return chance.choice([code.lower(), code.translate(WIDE), f" {code[:8]} {code[8:]}", code]), code


def wrong_credit_code(chance: random.Random) -> Made:
    code, at = a_credit_code(chance), chance.randrange(2, 17)
    return code[:at] + chance.choice([one for one in "0123456789" if one != code[at]]) + code[at + 1 :], REFUSED


def a_citizen_id(chance: random.Random) -> str:
    body = f"430723{chance.randrange(1940, 2015)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
    body += f"{chance.randrange(1000):03}"
    rest = (12 - sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(body))) % 11
    return body + "0123456789X"[rest]


def citizen_id(chance: random.Random) -> Made:
    one = a_citizen_id(chance)
    return chance.choice([one, one.lower(), one.translate(WIDE), f"'{one}"]), one


def wrong_citizen_id(chance: random.Random) -> Made:
    one, at = a_citizen_id(chance), chance.randrange(17)
    return one[:at] + chance.choice([digit for digit in "0123456789" if digit != one[at]]) + one[at + 1 :], REFUSED


def read_number_cell(value: float) -> float:
    """A cell that holds a number, as the sheet reader takes it."""
    if is_damaged(value):
        raise CellError("damaged_number", str(value), "末位已丢失", "its last digits are lost")
    return value


def damaged_id(chance: random.Random) -> Made:
    return float(a_citizen_id(chance).replace("X", "7")), REFUSED


def identifier(chance: random.Random) -> Made:
    text = f"{chance.randrange(1000):05}"
    return chance.choice([text, text.translate(WIDE), f"'{text}", f'="{text}"']), text


def document_number(chance: random.Random) -> Made:
    year, one = chance.randrange(2000, 2030), chance.randrange(1, 1000)
    pair = chance.choice(["〔〕", "[]", "()", "（）", "【】"])
    return f"样政办发{pair[0]}{year}{pair[1]}第{one:03}号", f"样政办发〔{year}〕{one}号"


def phone(chance: random.Random) -> Made:
    text = f"139{chance.randrange(10**8):08}"
    return chance.choice([text, f"{text[:3]} {text[3:7]} {text[7:]}", f"+86{text}", text.translate(WIDE)]), text


def code(chance: random.Random) -> Made:
    label = chance.choice(sorted(LEVELS))
    return chance.choice([label, f" {label} ", label.replace("（", "(").replace("）", ")"), " ".join(label)]), LEVELS[
        label
    ]


def free_text(chance: random.Random) -> Made:
    text = "甲" + "".join(chance.choices("１２万 　;；,，。=+-@<>&'\"无/—七", k=chance.randrange(20))) + "乙"
    return f"{chance.choice(INVISIBLE)}{text}{chance.choice(INVISIBLE)}", text


def one_of(*pairs: Made) -> Callable[[random.Random], Made]:
    return lambda chance: chance.choice(pairs)


def never(*texts: str) -> Callable[[random.Random], Made]:
    return one_of(*((text, REFUSED) for text in texts))


def yuan(unit: Any) -> Callable[[str], Decimal]:
    return lambda raw: read_yuan(raw, unit)


KINDS: dict[str, Kind] = {
    "2024年1月5日": (read_date, day("{y}年{m}月{d}日")),
    "2024年01月05号": (read_date, day("{y}年{m:02}月{d:02}号")),
    "2024.1.5": (read_date, day("{y}.{m}.{d}")),
    "2024/1/5": (read_date, day("{y}/{m}/{d}")),
    "2024-01-05": (read_date, day("{y}-{m:02}-{d:02}")),
    "20240105": (read_date, day("{y}{m:02}{d:02}")),
    "２０２４年１月５日": (read_date, day("{y}年{m}月{d}日", wide=True)),
    "２０２４／１／５": (read_date, day("{y}/{m}/{d}", wide=True)),
    "2024/1/5 9:32": (read_date, day("{y}/{m}/{d} 9:32")),
    "2024-01-05T00:00:00": (read_date, day("{y}-{m:02}-{d:02}T00:00:00")),
    "a day in quotes": (read_date, day('="{y}-{m:02}-{d:02}"')),
    "a day among invisible signs": (read_date, padded),
    "a serial": (read_date, serial(with_time=False)),
    "a serial with a time": (read_date, serial(with_time=True)),
    "a moment of Greenwich": (read_date, utc),
    "下午": (read_timestamp, afternoon),
    "a year of two digits": (read_date, refused("{w}/{m}/{d}")),
    "30 February": (read_date, refused("{y}-02-30")),
    "month 13": (read_date, refused("{y}年13月{d}日")),
    "day, month, year": (read_date, refused("{d}/{m}/{y}")),
    "a month": (read_date, refused("{y}年{m}月")),
    "from day to day": (read_date, refused("{y}.{m}.{d}-{y}.12.31")),
    "two marks in one day": (read_date, refused("{y}-{m}/{d}")),
    "长期": (read_date, never("长期", "至今", "待定")),
    "1,234": (read_integer, number("{}|,")),
    "１２３４": (read_integer, number("{}", wide=True)),
    "1.2万": (read_integer, number("{}万", 10_000, places=1)),
    "7万件": (read_integer, number("{}万件", 10_000)),
    "12.0": (read_integer, number("{}.0")),
    "23件": (read_integer, number("{} 件")),
    "三千零五": (read_integer, chinese),
    "7万余": (read_integer, refused("{n}万余")),
    "3万多": (read_integer, refused("{n}万多")),
    "约5": (read_integer, refused("约{n}")),
    "12.5 of whole things": (read_integer, refused("{n}.5")),
    "95% of whole things": (read_integer, refused("{w}%")),
    "1 234": (read_integer, refused("{w} {n}")),
    "1,23": (read_integer, refused("{s},{w}")),
    "1_000": (read_integer, refused("{s}_{n}")),
    "12件13件": (read_integer, refused("{n}件{w}件")),
    "a number in other digits": (read_integer, never("٣", "①", "½", "10²")),
    "1.14307E+17": (read_integer, refused("{s}.{n}E+17")),
    "95%": (read_decimal, number("{}%", Decimal("0.01"), places=2)),
    "0.30000000000000004": (read_decimal, float_noise),
    "50万元": (yuan("yuan"), number("{}万元", 10_000, places=2)),
    "50 under 万元": (yuan("wan_yuan"), number("{}", 10_000, places=2)),
    "5000元 under 万元": (yuan("wan_yuan"), number("{}元")),
    "１３２．３ 亿元": (yuan("yuan"), number("{} 亿元", 10**8, wide=True, places=1)),
    "￥1,234.56": (yuan("yuan"), number("￥{}|,", places=2)),
    "5千 under 万元": (yuan("wan_yuan"), refused("{s}千")),
    "foreign money": (yuan("yuan"), refused("{n}万美元")),
    "two amounts": (yuan("yuan"), refused("{n}元{w}元")),
    "an amount that is about": (yuan("yuan"), refused("{n}余万元")),
    "a credit code": (read_credit_code, credit_code),
    "a credit code with a wrong sign": (read_credit_code, wrong_credit_code),
    "a citizen id": (read_citizen_id, citizen_id),
    "a citizen id with a wrong digit": (read_citizen_id, wrong_citizen_id),
    "an id of 18 digits kept as a number": (read_number_cell, damaged_id),
    "an id as 4.3E+17": (read_identifier, refused("{s}.{n}E+17")),
    "00012": (read_identifier, identifier),
    "a document number": (read_document_number, document_number),
    "two document numbers": (read_document_number, refused("样政办发〔{y}〕{w}号、{n}号")),
    "a telephone number": (read_phone, phone),
    "two telephone numbers": (read_phone, refused("139000{w}{w}0、139000{w}{w}1")),
    "a label of a list": (lambda raw: read_code(raw, LEVELS), code),
    "a label of no list": (lambda raw: read_code(raw, LEVELS), never("省级", "县", "级")),
    "是": (read_flag, one_of(("是", True), ("√", True), ("Ｙ", True), ("否", False), ("无", False), ("×", False))),
    "是/否": (read_flag, never("是/否", "2", "○", "—")),
    "—, /, 无": (lambda raw: is_empty(raw, "date"), one_of(*((mark, True) for mark in ("—", "/", "无", "／", "NULL")))),
    "0 is no mark": (lambda raw: is_empty(raw, "integer"), one_of(("0", False), ("０", False), ("零", False))),
    "无 in free text": (lambda raw: is_empty(raw, "text"), one_of(("无", False), ("/", False), ("—", False))),
    "free text": (read_text, free_text),
    "#REF!": (read_text, never("#REF!", "#N/A", " #div/0! ")),
}  # fmt: skip


def misread(kind: str, numbers: Iterable[int]) -> list[Any]:
    """The texts of a kind that came out as something else than they say, or were refused although they say one."""
    reader, make = KINDS[kind]
    chance, wrong = random.Random(f"{SEED}:{kind}"), []
    for _ in numbers:
        raw, truth = make(chance)
        try:
            found = reader(raw)
        except CellError:
            found = REFUSED
        if found is not truth and (found != truth or REFUSED in (found, truth)):
            wrong.append((kind, raw, found, truth))
    return wrong


def test_every_kind_of_value_is_read_right_or_refused(request: pytest.FixtureRequest, cases: Cases) -> None:
    count = request.config.getoption("--values")
    assert len(KINDS) >= 50
    assert [one for kind in KINDS for one in misread(kind, cases.each(range(count)))] == []


@pytest.mark.parametrize(
    ("module", "name", "fault", "kind"),
    [
        (cell_dates, "SERIAL_ZERO", datetime(1904, 1, 1), "a serial"),
        (cell_dates, "BEIJING", cell_dates.timezone.utc, "a moment of Greenwich"),
        (cell_numbers, "YUAN_PER", dict.fromkeys(cell_numbers.YUAN_PER, 1), "50 under 万元"),
    ],
    ids=["days counted from 1904", "times of Greenwich", "every unit of money taken for yuan"],
)
def test_a_reader_that_changes_values_is_noticed(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, fault: Any, kind: str
) -> None:
    assert misread(kind, range(30)) == []
    monkeypatch.setattr(module, name, fault)
    assert misread(kind, range(30))
