"""Identifiers with a form of their own: document numbers, credit codes, citizen ids, telephone numbers."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from warehouse.cell_text import CellError, damaged, normal, refuse_error_cell, shown

BRACKETS = str.maketrans(dict.fromkeys("[(【［{〖", "〔") | dict.fromkeys("])】］}〗", "〕") | {"號": "号"})
ORGAN = r"(?P<organ>[\w〔〕·]{1,30}?)"
NUMBER = re.compile(
    rf"{ORGAN}〔?(?P<year>(?:19|20)[0-9]{{2}})(?P<close>〕|年)?第?(?P<number>[0-9]{{1,6}}(?:-[0-9]{{1,4}})?)号?"
)
COURT = re.compile(
    r"〔(?P<year>(?:19|20)[0-9]{2})〕(?P<court>[一-鿿][一-鿿0-9]{2,14}?)第?(?P<number>[0-9]{1,6})号(?P<part>之[一二三四五六七八九十]+)?"
)
YEAR = re.compile(r"〔(?:19|20)[0-9]{2}〕")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHINA = re.compile(r"^\(?(?:\+86|0086|86(?=-?1[3-9][0-9]))\)?-?")
MOBILE = re.compile(r"(1[3-9][0-9])(-?)([0-9]{4})\2([0-9]{4})")
LANDLINE = re.compile(
    r"(?P<open>\()?(?P<area>0(?:10|2[0-9])|0[3-9][0-9]{2})(?(open)\))-?(?P<number>[2-9][0-9]{6,7})"
    r"(?:(?:转|-|x|ext\.?|#)(?P<extension>[0-9]{1,6}))?",
    re.IGNORECASE,
)
SHORT = re.compile(r"[2-9][0-9]{6,7}|[48]00-?[0-9]{3}-?[0-9]{4}|1[0-9]{2,4}")
EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+")


def _bare(raw: str) -> str:
    """Half-width, without white space. Refuses failed formulas and long numbers shown as 1.14E+17."""
    refuse_error_cell(raw)
    text = re.sub(r"\s+", "", normal(raw))
    if EXPONENT.fullmatch(text):
        raise damaged(raw)
    return text


def read_document_number(raw: str) -> str:
    """样政办发[2024]第7号, 样政办发（2024）07号 -> 样政办发〔2024〕7号; a court's stays （2024）湘0799行初12号.

    A sub-number stays (1-023). Refuses what has no organ, year or number, ranges, and several numbers in one cell.
    """
    text = _bare(raw).translate(BRACKETS)
    several = len(YEAR.findall(text)) > 1
    if not several and (court := COURT.fullmatch(text)):
        return f"（{court['year']}）{court['court']}{int(court['number'])}号{court['part'] or ''}"
    found = NUMBER.fullmatch(text)
    opened = found is not None and text[len(found["organ"])] == "〔"
    # Either both brackets, or 2024年第7号 as announcements are numbered.
    if several or not found or not _is_organ(found["organ"]) or found["close"] != ("〕" if opened else "年"):
        example = "（2024）湘0799行初12号" if re.search(r"[初终再][^字]{0,8}号?$", text) else "某政办发〔2024〕7号"
        say = f"“{shown(raw)}”不是一个完整的文号，请按“{example}”填写"
        raise CellError(
            "not_document_number", raw, say, f"{shown(raw)} is not one document number with organ, year, number"
        )
    number, dash, part = found["number"].partition("-")
    return f"{found['organ']}〔{found['year']}〕{int(number)}{dash}{part}号"


def _is_organ(text: str) -> bool:
    return bool(re.search(r"[一-鿿]", text)) and text.count("〔") == text.count("〕")


@lru_cache(maxsize=65_536)  # the same firms stand in the register, in checks, in penalties
def read_credit_code(raw: str) -> str:
    """A unified social credit code, 18 characters in upper case. Refuses a wrong length, form or check digit."""
    text = _bare(raw).upper().replace("-", "")
    try:
        return str(uscc.validate(text))
    except InvalidChecksum:
        say = f"“{shown(raw)}”校验位不符，统一社会信用代码有误，请核对"
        raise CellError(
            "bad_check_digit", raw, say, f"{shown(raw)}: the check digit of the credit code is wrong"
        ) from None
    except ValidationError:
        say = f"“{shown(raw)}”不是18位统一社会信用代码，请核对（不含字母I、O、S、V、Z）"
        raise CellError("not_credit_code", raw, say, f"{shown(raw)} is not a credit code of 18 characters") from None


def read_citizen_id(raw: str) -> str:
    """A citizen id of 18 characters (also residence permits 81, 82, 83), or an old one of 15; X in upper case.

    Refuses a wrong form, an impossible day of birth, a wrong check digit. No sentence repeats the number.
    """
    text = _bare(raw).upper()
    old = re.fullmatch(r"[1-9][0-9]{14}", text)
    if not old and not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", text):
        raise CellError(
            "not_citizen_id", raw, "不是18位（或老式15位）身份证号，请核对", "not a citizen id of 18 or 15 characters"
        )
    born = f"19{text[6:12]}" if old else text[6:14]
    if not _is_day(born):
        raise CellError(
            "bad_birth_date", raw, "身份证号中的出生日期不存在，请核对", "the citizen id holds no real day of birth"
        )
    if not old and text[-1] != _check_character(text):
        raise CellError(
            "bad_check_digit", raw, "身份证号校验位不符，请核对", "the check digit of the citizen id is wrong"
        )
    return text


def _is_day(text: str) -> bool:
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    try:
        return 1850 <= date(year, month, day).year < 2200
    except ValueError:
        return False


def _check_character(text: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(text, WEIGHTS, strict=False))
    return "10X98765432"[total % 11]


def read_phone(raw: str) -> str:
    """One telephone number: 13900000000, 0736-3222222, 0736-3222222转8 (as -8), or a local, 400 or short one.

    Refuses two numbers in one cell and everything else. No sentence repeats the number.
    """
    text = CHINA.sub("", _bare(raw).removesuffix(".0"))
    if mobile := MOBILE.fullmatch(text):
        return mobile[1] + mobile[3] + mobile[4]
    if landline := LANDLINE.fullmatch(text):
        return "-".join(part for part in landline.group("area", "number", "extension") if part)
    if SHORT.fullmatch(text):
        return text.replace("-", "")
    raise CellError(
        "not_phone", raw, "不是一个完整的电话号码，请核对（每格只填一个）", "not one whole telephone number"
    )
