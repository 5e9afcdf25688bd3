"""What is counted over scorecards while some cards are in doubt or not due: held against every way they could turn."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.judge import judge_first, judge_second
from expectations.standings import WORST_FIRST
from tests.expectations.conftest import by_arithmetic, figure, owed
from warehouse.declarations import Declarations
from warehouse.models import Target
from warehouse.workdays import Calendar

AS_OF = date(2025, 2, 6)
UNITS = ("bureau", "police", "schools")
DOUBT = ("missing", "unsure", "error")  # worst first
Cards = Mapping[str, Sequence[str]]
Word = tuple[str, str | None]


def asking(county: Declarations, of_whole: bool, whom: str = "county", **asked: Any) -> Declarations:
    """The county with another duty about its weak units: of whom, and at least, at most or exactly what."""
    judged = {"every": "year", "for": whom, "from": "02-01 next year"}
    target = Target.model_validate({"since": "2023", "judged": judged, "severity": "high", "basis": "法"} | asked)
    weak = county.metrics["weak_units"].model_copy(update={"denominator": "distinct(unit)" if of_whole else None})
    metrics, targets = county.metrics | {"weak_units": weak}, county.targets | {"weak_units": (target,)}
    return county.model_copy(update={"metrics": metrics, "targets": targets})


def cards_of(cards: Cards, period: str = "2024") -> list[dict[str, Any]]:
    return [{"unit": unit, "period": period, "standing": word} for unit, words in cards.items() for word in words]


def weak(
    county: Declarations, signals: Sequence[Mapping[str, Any]], part: int, whole: int | None = None,
    unit: str | None = None, period: str = "2024", before: tuple[int, int | None] | None = None,
) -> Word:  # fmt: skip
    """The standing and cause that the county, or one unit, has of its weak units."""
    figures = [figure("weak_units", unit, part, whole)]
    figures += [figure("weak_units", unit, *before, period="2023")] if before else []
    judged = judge_second({"figures": figures}, signals, county, Calendar(()), AS_OF, by_arithmetic)
    (row,) = (
        row for row in judged["standings"]
        if (row["metric"], row["unit"], row["period"]) == ("weak_units", unit or "county", period)
    )  # fmt: skip
    return row["standing"], row["cause"]


def is_kept(part: int, whole: int | None, comparison: str, bound: Fraction) -> bool:
    value = Fraction(part) if whole is None else Fraction(part, whole)
    return {"at_least": value >= bound, "at_most": value <= bound, "equals": value == bound}[comparison]


def told(cards: Cards, part: int, whole: int | None, comparison: str, bound: Fraction) -> Word:
    """The reference: a doubtful unit may turn out weak or not, and may stand among the counted ones already or not."""
    doubtful = [words for words in cards.values() if "short" not in words and set(words) & set(DOUBT)]
    turns = range(len(doubtful) + 1)
    worlds = [(part + more, None if whole is None else whole + beside) for more in turns for beside in turns]
    if not is_kept(part, whole, comparison, bound):
        return "short", None
    if not all(is_kept(*world, comparison, bound) for world in worlds):
        found = {word for words in doubtful for word in words}
        return next(word for word in DOUBT if word in found), f"signals:{len(doubtful)}"
    return ("not_due" if any("not_due" in words for words in cards.values()) else "met"), None


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cards=st.fixed_dictionaries({unit: st.lists(st.sampled_from(WORST_FIRST), max_size=3) for unit in UNITS}),
    part=st.integers(0, 4),
    rest=st.none() | st.integers(0, 4),
    comparison=st.sampled_from(("at_least", "at_most", "equals")),
    bound=st.integers(0, 4),
    whom=st.sampled_from(("county", "police")),
)
def test_a_figure_over_cards_is_good_news_only_if_no_card_in_doubt_could_break_it(
    county: Declarations, cards: Cards, part: int, rest: int | None, comparison: str, bound: int, whom: str
) -> None:
    whole = None if rest is None else part + rest + 1
    asked = Fraction(bound) if whole is None else Fraction(bound, 4)
    duty = asking(county, whole is not None, whom, **{comparison: str(float(asked))})
    own = cards if whom == "county" else {whom: cards[whom]}
    other_years = cards_of(dict.fromkeys(UNITS, ("missing",)), "2023")
    found = weak(duty, [*other_years, *cards_of(cards)], part, whole, None if whom == "county" else whom)
    assert found == told(own, part, whole, comparison, asked)


@pytest.mark.parametrize(
    ("before", "now", "cards", "word"),
    [
        ((3, None), (4, None), {"police": ("missing",)}, ("met", None)),  # one more can only rise further
        ((3, 9), (4, 9), {"police": ("missing",)}, ("met", None)),  # even 4 of 10 is more than 3 of 9
        ((3, 9), (4, 11), {"police": ("unsure",)}, ("unsure", "signals:1")),  # 4 of 12 is not
        ((3, 9), (3, 9), {"police": ("unsure",)}, ("short", None)),
        ((3, 9), (4, 11), {"police": ("met",)}, ("met", None)),
    ],
)
def test_a_rise_over_last_year_that_a_card_in_doubt_would_undo_is_in_doubt(
    county: Declarations, before: tuple[int, int | None], now: tuple[int, int | None], cards: Cards, word: Word
) -> None:
    duty = asking(county, now[1] is not None, more_than="previous_year")
    assert weak(duty, cards_of(cards), *now, before=before) == word


def test_what_is_not_due_yet_is_not_due_whatever_the_cards_say(county: Declarations) -> None:
    duty = asking(county, False, at_most="0")
    assert weak(duty, cards_of({"police": ("missing",)}, "2025"), 0, period="2025") == ("not_due", None)


@pytest.mark.parametrize("word", [*DOUBT, "not_due"])
def test_figures_that_are_not_counted_over_cards_do_not_wait_for_them(county: Declarations, word: str) -> None:
    """Whether what the police stated agrees with its rows has nothing to do with its scorecard."""
    agreement = county.metrics["filing_rate"].model_copy(
        update={"of": "stated_against_counted", "numerator": "count where agrees", "unit": "unit"}
    )
    metrics = county.metrics | {"agreement_rate": agreement}
    targets = county.targets | {"agreement_rate": county.targets["filing_rate"]}
    declared = county.model_copy(update={"metrics": metrics, "targets": targets})
    inputs = {"figures": [figure("agreement_rate", "police", 5, 5), figure("weak_units", None, 0)]}
    signals = cards_of({"police": (word,)})
    judged = judge_second(inputs, signals, declared, Calendar(()), AS_OF, by_arithmetic)["standings"]
    found = {(row["target"], row["unit"]): row["standing"] for row in judged if row["period"] == "2024"}
    assert (found["agreement_rate", "police"], found["weak_units", "county"]) == ("met", word)


def test_the_two_passes_share_out_the_duties_between_them(county: Declarations, calendar: Calendar) -> None:
    inputs = {"figures": [], "owed": [owed("documents", came=False)]}
    first = judge_first(inputs, county, calendar, AS_OF, by_arithmetic)
    second = judge_second(inputs, first["signals"], county, calendar, AS_OF, by_arithmetic)
    metrics = [{row["metric"] for row in one["standings"] if row["metric"]} for one in (first, second)]
    assert metrics == [county.targets.keys() - {"weak_units"}, {"weak_units"}]
    assert second["signals"] == [] and second["standings_after_signing"] == []
