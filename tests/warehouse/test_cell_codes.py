from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from warehouse.cells import CellError, read_citizen_id, read_credit_code, read_document_number, read_phone

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def rule_of(reader: object, text: str) -> str:
    assert callable(reader)
    with pytest.raises(CellError) as caught:
        reader(text)
    return caught.value.rule


@pytest.mark.parametrize(
    "text",
    [
        "样政办发〔2024〕7号", "样政办发[2024]7号", "样政办发（2024）7号", "样政办发(2024)第7号", "样政办发【2024】7号",
        "样政办发〔2024〕007号", "样政办发〔２０２４〕７号", " 样政办发 〔2024〕 7 号\n", "样政办发〔2024〕7",
        "样政办发2024年第7号", "样政办发［2024］7號",
    ],
)  # fmt: skip
def test_every_spelling_of_a_document_number_reads_as_one(text: str) -> None:
    assert read_document_number(text) == "样政办发〔2024〕7号"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("样市监罚〔2024〕1-023号", "样市监罚〔2024〕1-023号"),
        ("湘（样）政发〔2024〕7号", "湘〔样〕政发〔2024〕7号"),
        ("(2024)湘0799行初12号", "（2024）湘0799行初12号"),
        ("〔2024〕湘0799行初 12 号", "（2024）湘0799行初12号"),
        ("（2015）常行终字第12号", "（2015）常行终字12号"),
        ("（2024）湘0799行初12号之一", "（2024）湘0799行初12号之一"),
    ],
)
def test_sub_numbers_and_numbers_of_courts_stay(text: str, expected: str) -> None:
    assert read_document_number(text) == expected
    assert read_document_number(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "无文号", "〔2024〕8号", "2024年8号", "样政办发〔24〕7号", "样政办发20247号", "样政办发〔2024〕",
        "样政办发〔2024年7号", "样政办发2024〕7号", "样政办发〔2024〕7号、样政办发〔2024〕8号",
        "样政办发〔2024〕7号、8号", "样政办发〔2024〕24—29号", "《通知》样政办发〔2024〕7号", "abc〔2024〕7号",
        "样〔政办发〔2024〕7号", "（2024）湘0799行初12号、（2024）湘0799行初13号",
        "样政办发〔2023〕5号样政办发〔2024〕7号", "样政发〔2024〕湘0799行初12号",
    ],
)  # fmt: skip
def test_what_is_not_one_whole_document_number_is_refused(text: str) -> None:
    assert rule_of(read_document_number, text) == "not_document_number"


@given(
    st.integers(2000, 2099),
    st.integers(1, 99999),
    st.sampled_from(["〔〕", "[]", "()", "（）", "【】", "［］"]),
    st.booleans(),
)
def test_no_generated_spelling_of_a_document_number_reads_as_another(
    year: int, number: int, pair: str, wide: bool
) -> None:
    text = f"样政办发{pair[0]}{year}{pair[1]}第{number}号"
    assert read_document_number(text.translate(WIDE) if wide else text) == f"样政办发〔{year}〕{number}号"


@pytest.mark.parametrize(
    "text",
    ["91110000600037341L", "91110000600037341l", "９１１１００００６０００３７３４１Ｌ", "\n 9111 0000 6000 37341L"],
)
def test_a_credit_code_reads_in_upper_case_and_half_width(text: str) -> None:
    assert read_credit_code(text) == "91110000600037341L"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("91110000600037341M", "bad_check_digit"),
        ("9111000060003734IL", "not_credit_code"),
        ("911100006000373", "not_credit_code"),
        ("9.11E+17", "damaged_number"),
        ("", "not_credit_code"),
    ],
)
def test_a_credit_code_with_a_fault_is_refused(text: str, rule: str) -> None:
    assert rule_of(read_credit_code, text) == rule


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9), st.integers(0, 16), st.randoms())
def test_one_wrong_character_in_a_credit_code_is_always_noticed(organ: str, place: int, dice: random.Random) -> None:
    body = f"91430799{organ}"
    code = body + uscc.calc_check_digit(body)
    assert read_credit_code(code.lower().translate(WIDE)) == code
    other = dice.choice([one for one in "0123456789" if one != code[place]])
    with pytest.raises(CellError):
        read_credit_code(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "'11010519491231002X",
        "110105 19491231 002X",
    ],
)
def test_a_citizen_id_reads_with_its_x_in_upper_case(text: str) -> None:
    assert read_citizen_id(text) == "11010519491231002X"


def test_old_ids_and_permits_for_residents_of_hong_kong_macau_and_taiwan_pass() -> None:
    assert read_citizen_id("110105491231002") == "110105491231002"
    for prefix in ("810000", "820000", "830000"):
        body = f"{prefix}19900307001"
        assert read_citizen_id(body + ric.calc_check_digit(body + "0")) == body + ric.calc_check_digit(body + "0")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("110105194912310021", "bad_check_digit"),
        ("110105194902310026", "bad_birth_date"),
        ("110105490231002", "bad_birth_date"),
        ("11010518491231002X", "bad_birth_date"),
        ("110105220001010015", "bad_birth_date"),
        ("1.10105E+17", "damaged_number"),
        ("1101051949", "not_citizen_id"),
        ("", "not_citizen_id"),
    ],
)
def test_a_citizen_id_with_a_fault_is_refused_in_a_sentence_that_does_not_repeat_it(text: str, rule: str) -> None:
    with pytest.raises(CellError) as caught:
        read_citizen_id(text)
    assert caught.value.rule == rule
    assert rule == "damaged_number" or not text or text not in caught.value.say + caught.value.say_en


@given(st.dates(), st.integers(0, 999))
def test_the_check_character_agrees_with_the_standard_library_of_numbers(born: object, serial: int) -> None:
    body = f"110105{str(born).replace('-', '')}{serial:03}"
    for character in "0123456789X":
        valid = character == ric.calc_check_digit(body + "0") and 1850 <= int(body[6:10]) < 2200
        try:
            assert read_citizen_id(body + character) == body + character
            assert valid
        except CellError:
            assert not valid


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13900000000", "13900000000"), ("139-0000-0000", "13900000000"), ("139 0000 0000", "13900000000"),
        ("+86 13900000000", "13900000000"), ("(+86)13900000000", "13900000000"), ("13900000000.0", "13900000000"),
        ("１３９００００００００", "13900000000"), ("0736-3222222", "0736-3222222"), ("07363222222", "0736-3222222"),
        ("(0736)3222222", "0736-3222222"), ("010-62222222", "010-62222222"), ("0736-3222222转8", "0736-3222222-8"),
        ("0736-3222222-8", "0736-3222222-8"), ("3222222", "3222222"), ("12345", "12345"),
        ("400-123-4567", "4001234567"),
    ],
)  # fmt: skip
def test_a_telephone_number_reads_in_one_spelling(text: str, expected: str) -> None:
    assert read_phone(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "1390000000", "139000000000", "13900000000/13800000000", "3222222(办)", "无", "0736-3222222(8)", "1.39E+10"],
)
def test_what_is_not_one_telephone_number_is_refused(text: str) -> None:
    assert rule_of(read_phone, text) in ("not_phone", "damaged_number")
