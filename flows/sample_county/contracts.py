"""Contracts of the county government: sent for review, assessed, reviewed, entered in the register, then signed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.firms import IN_STOCK, Firm
from flows.sample_county.setting import Setting

DATASET = "government_contracts"
# As many as the published figure of the sample year: who drafts each contract, in the order of the register.
DRAFTED_BY = (
    *("agriculture_bureau", "park_committee", "transport_bureau", "data_bureau", "commerce_bureau"),
    *("finance_bureau", "urban_management_bureau", "public_security_bureau", "education_bureau", "water_bureau"),
)
# From this place on the register is one number ahead, where a number was left out.
GAP_BEFORE = 7


def contract_export(setting: Setting, firms: list[Firm]) -> Export:
    """One yearly file of the justice bureau: a page that calls itself xls, with amounts in 万元 and their sum."""
    layout = Layout(
        "html", setting.text(DATASET, "title"), alias=1, serial=True, dates=("slash", "full_width", "iso"),
        paddings=("\n\t", "\u00a0", ""), empties=("", "—", "/"), total=True, notes=setting.notes(),
        money_header=str(setting.words[DATASET]["wan_yuan"]),
    )  # fmt: skip
    arrives = setting.arrival(DATASET, str(setting.year), 8)
    rows = list(_rows(setting, firms))
    return Export(DATASET, "justice_bureau", setting.text(DATASET, "file"), layout, rows, arrives)


def _rows(setting: Setting, firms: list[Firm]) -> Iterator[Row]:
    """One contract a month, until November; two are signed on the very day of their entry in the register."""
    rnd, has_gap = setting.random(DATASET), setting.is_planted("contract_number_left_out", "county")
    for serial, unit in enumerate(DRAFTED_BY, start=1):
        submitted = setting.workdays(setting.year, serial + serial // 6)[2 + serial % 5]
        reviewed = setting.after(submitted, 4 + serial % 3)
        registered = setting.after(reviewed, 1)
        signed = registered if serial % 5 == 3 else setting.after(registered, 2 + serial % 6)
        if setting.is_planted("contract_signed_before_review", unit):
            signed = setting.after(submitted, 3)
        yield {
            "ledger_year_on": date(setting.year, 12, 31),
            "review_number": setting.text(DATASET, "number", serial=serial),
            "contract_name": setting.words[DATASET]["names"][serial - 1],
            "drafting_unit": unit,
            "party_name": firms[rnd.randrange(IN_STOCK)].name,
            "amount_yuan": None if serial == 5 else Decimal(rnd.randrange(40, 9000)) * 5000,
            "submitted_on": submitted,
            "reviewed_on": reviewed,
            "risk_assessed_on": setting.after(submitted, 2),
            "register_number": serial + (1 if has_gap and serial >= GAP_BEFORE else 0),
            "registered_on": registered,
            "signed_on": signed,
        }
