"""Events of legal publicity, whose leaflets, consultations and audience sum to the published figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.setting import Setting, spread

DATASET = "legal_publicity_events"
# “More than 70,000 leaflets”, “more than 2,600 consultations”, “180,000 people”.
EVENTS, LEAFLETS, CONSULTATIONS, AUDIENCE = 164, 73_420, 2_643, 181_260
ORGANISERS = ("justice_bureau", "education_bureau", "market_bureau", "public_security_bureau", "human_resources_bureau",
              "agriculture_bureau", "emergency_bureau", "health_bureau")  # fmt: skip


def publicity_export(setting: Setting) -> Export:
    """The year's register: an xlsx with a group over the counts, full-width digits and empty cells for nothing."""
    first, last = setting.header(DATASET, "leaflets_count"), setting.header(DATASET, "audience_count")
    layout = Layout(
        "xlsx",
        setting.text(DATASET, "title"),
        serial=True,
        group=(setting.text(DATASET, "group"), first, last),
        dates=("chinese", "dot", "native"),
        empties=("", "—", "/"),
        full_width=True,
        notes=setting.notes(),
    )
    arrives = setting.arrival(DATASET, str(setting.year), 5)
    return Export(DATASET, "justice_bureau", setting.text(DATASET, "file"), layout, list(_rows(setting)), arrives)


def _rows(setting: Setting) -> Iterator[Row]:
    rnd, words = setting.random(DATASET), setting.words[DATASET]
    days = [day for month in range(1, 13) for day in setting.workdays(setting.year, month)]
    units = setting.declarations.units
    towns = setting.declarations.units_for("town", date(setting.year, 12, 31))
    # The months of campaigns draw most people: weights differ by event, and online ones hand out nothing.
    weights = [rnd.randint(2, 12) for _ in range(EVENTS)]
    online = {at for at in range(EVENTS) if at % 8 == 7}
    paper = [0 if at in online else weight for at, weight in enumerate(weights)]
    counts = zip(spread(LEAFLETS, paper), spread(CONSULTATIONS, paper), spread(AUDIENCE, weights), strict=True)
    held = sorted(rnd.choice(days) for _ in range(EVENTS))
    for at, (on, (leaflets, consultations, audience)) in enumerate(zip(held, counts, strict=True)):
        organiser = towns[at % len(towns)] if at % 3 else ORGANISERS[at // 3 % len(ORGANISERS)]
        name = words["names"][at % 7].format(place=words["places"][at % len(words["places"])])
        yield {
            "event_name": words["numbered"].format(name=name, serial=at + 1),
            "held_on": on,
            "organiser": organiser,
            "venue": None if at in online else units[towns[at % len(towns)]].label.zh,
            "leaflets_count": leaflets or None,
            "consultations_count": consultations or None,
            "audience_count": audience,
        }
