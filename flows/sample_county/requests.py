"""Requests for government information: corrections, third parties, extensions and replies of one year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from flows.sample_county.exports import Row
from flows.sample_county.setting import Setting

DATASET = "disclosure_requests"
# The published figure of the sample year.
RECEIVED, LIMIT = 26, 20
KINDS = ("disclosed", "disclosed", "disclosed", "partly_disclosed", "refused", "unavailable", "not_handled")
APPLICANTS = ("natural_person",) * 6 + ("enterprise", "law_firm", "research", "charity", "other")
# Which request of the year each plant is, by its serial number.
PLANTED = {
    5: "reply_extended_too_late", 9: "correction_asked_late", 13: "reply_after_third_party",
    17: "reply_on_extended_day", 21: "reply_after_correction", 26: "reply_over_new_year",
}  # fmt: skip
UNITS = (
    *("county_government_office", "natural_resources_bureau", "housing_construction_bureau", "public_security_bureau"),
    *("civil_affairs_bureau", "agriculture_bureau", "education_bureau", "dongqiao_town", "qingyan_town"),
)


def request_rows(setting: Setting) -> Iterator[Row]:
    """26 requests by day of receipt; each plant is one of them, so that their number stays the published one."""
    rnd, words = setting.random(DATASET), setting.words[DATASET]
    units = setting.declarations.units
    for serial in range(1, RECEIVED + 1):
        plant = PLANTED.get(serial, "")
        unit = next((one for one in units if plant and setting.is_planted(plant, one)), "")
        plant = plant if unit else ""
        month = 12 if plant == "reply_over_new_year" else 1 + serial * 10 // (RECEIVED + 1)
        received = rnd.choice(setting.workdays(setting.year, month)[5:15])
        row: Row = {
            "request_number": words["number"].format(year=setting.year, serial=serial),
            "applicant_kind": "natural_person" if plant else rnd.choice(APPLICANTS),
            "applicant_name": setting.people.person()[0],
            "channel": rnd.choice(("online", "online", "post", "in_person", "fax")),
            "unit": unit or rnd.choice(UNITS),
            "received_on": received,
            "content": words["content"].format(subject=rnd.choice(words["subjects"])),
            "document_number": words["paper"].format(year=setting.year, serial=serial),
        }
        yield row | {"reply_kind": rnd.choice(KINDS)} | _course(setting, rnd, received, plant)


def _course(setting: Setting, rnd: Random, received: date, plant: str) -> Row:
    """The days of one request. Without a plant: replied within the limit, one in four after a correction."""
    after = setting.after
    match plant:
        case "reply_extended_too_late":
            return {"extension_approved_on": after(received, LIMIT + 2), "replied_on": after(received, LIMIT + 9)}
        case "correction_asked_late":
            asked = after(received, 9)
            put_right = after(asked, 4)
            return {"correction_noticed_on": asked, "corrected_on": put_right, "replied_on": after(put_right, 12)}
        case "reply_after_third_party":
            asked, heard = after(received, 5), after(received, 5 + 15)
            return {
                "third_party_asked_on": asked,
                "third_party_heard_on": heard,
                "replied_on": after(received, LIMIT + 15),
            }
        case "reply_on_extended_day":
            return {"extension_approved_on": after(received, LIMIT), "replied_on": after(received, 2 * LIMIT)}
        case "reply_after_correction":
            put_right = after(received, 18)
            return {
                "correction_noticed_on": after(received, 7),
                "corrected_on": put_right,
                "replied_on": after(put_right, LIMIT),
            }
        case "reply_over_new_year":
            # The twentieth working day after the middle of December lies behind the holiday of the new year.
            late = setting.workdays(setting.year, 12)[9]
            return {"received_on": late, "replied_on": after(late, LIMIT)}
    if rnd.random() < 0.25:
        asked = after(received, rnd.randint(2, 6))
        put_right = after(asked, rnd.randint(2, 8))
        return {
            "correction_noticed_on": asked,
            "corrected_on": put_right,
            "replied_on": after(put_right, rnd.randint(5, 18)),
        }
    return {"replied_on": after(received, rnd.randint(6, 19))}
