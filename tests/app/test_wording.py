from datetime import date
from decimal import Decimal
from typing import get_args

import pytest

from app.wording import LANGS, day_words, fill, has_text, judged_word, outcome_word, period_words, standing_word, text
from warehouse.models import Severity

STANDINGS = ("met", "near", "short", "unsure", "missing", "not_due", "not_applicable", "error")


def test_few_cases_are_said_to_be_few_and_not_to_be_none() -> None:
    assert judged_word("not_applicable", Decimal(4), 5, "zh") == "样本不足"
    assert judged_word("not_applicable", 1, 5, "en") == "Small sample"
    for standing, size, few in (("not_applicable", 0, 5), ("not_applicable", None, 5), ("not_applicable", 4, None),
                                ("met", 4, 5), ("short", 5, 5)):  # fmt: skip
        assert judged_word(standing, size, few, "zh") == standing_word(standing, "zh")


@pytest.mark.parametrize("lang", LANGS)
def test_every_standing_has_its_own_word(lang: str) -> None:
    words = [standing_word(standing, lang) for standing in STANDINGS]
    assert len(set(words)) == len(STANDINGS)


def test_the_chinese_standings_are_those_of_the_design() -> None:
    words = [standing_word(standing, "zh") for standing in STANDINGS]
    assert words == ["达标", "临界", "未达标", "存疑待核", "缺报", "未到期", "不适用", "无法判定"]


def test_severities_and_outcomes_have_words_in_both_languages() -> None:
    for lang in LANGS:
        assert all(has_text(f"severities.{severity}") for severity in get_args(Severity))
        assert outcome_word("missing", lang) == standing_word("missing", lang)


def test_an_unknown_text_and_a_field_without_a_value_are_refused() -> None:
    with pytest.raises(KeyError, match="no text"):
        text("standings.splendid", "zh")
    with pytest.raises(KeyError):
        text("dates.year", "zh")


def test_a_value_is_never_read_as_a_template() -> None:
    assert fill("{a}：{b}", {"a": "{b}", "b": "{a.__class__}"}) == "{b}：{a.__class__}"


def test_days_and_periods_read_in_both_languages() -> None:
    assert day_words(date(2024, 6, 20), "zh") == "2024年6月20日"
    assert day_words(date(2024, 6, 20), "en") == "20 Jun 2024"
    names = ("2024", "2024Q1", "2024-05")
    assert [period_words(name, "zh") for name in names] == ["2024年", "2024年第1季度", "2024年5月"]
    assert [period_words(name, "en") for name in names] == ["2024", "Q1 2024", "May 2024"]
