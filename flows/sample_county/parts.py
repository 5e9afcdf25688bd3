"""Every file of a sample year. A new export is one more line here, a module of its own, words/ and plants/."""

from __future__ import annotations

from collections.abc import Iterator

from flows.sample_county.audit_problems import audit_export
from flows.sample_county.cleanups import cleanup_export
from flows.sample_county.contracts import contract_export
from flows.sample_county.credit import credit_office_exports
from flows.sample_county.decisions import decision_export
from flows.sample_county.double_publicity import publicity_exports
from flows.sample_county.duty import duty_export
from flows.sample_county.enforcement import enforcement_exports
from flows.sample_county.enterprise_help import help_exports
from flows.sample_county.exports import Export, Paper
from flows.sample_county.firms import credit_exports, enterprise_export, register
from flows.sample_county.hall import hall_exports
from flows.sample_county.hotline import hotline_exports
from flows.sample_county.legal_aid import legal_aid_exports
from flows.sample_county.letters import letter_exports
from flows.sample_county.licences import licence_exports, licence_rows, review_exports
from flows.sample_county.litigation import litigation_export
from flows.sample_county.mediation import mediation_exports
from flows.sample_county.meetings import meeting_exports
from flows.sample_county.openness import openness_exports
from flows.sample_county.oversight import oversight_exports
from flows.sample_county.proposals import proposal_export
from flows.sample_county.publicity import publicity_export
from flows.sample_county.random_inspections import random_inspection_exports
from flows.sample_county.reconsideration import reconsideration_exports
from flows.sample_county.responsibility import responsibility_exports
from flows.sample_county.rulemaking import rulemaking_exports
from flows.sample_county.services import service_exports
from flows.sample_county.setting import Setting
from flows.sample_county.stated import stated_exports
from flows.sample_county.supervision import supervision_exports
from flows.sample_county.villages import village_exports


def all_exports(setting: Setting) -> Iterator[Export | Paper]:
    """One file after the other: a file's rows are made while it is written."""
    yield from service_exports(setting)
    firms = register(setting)
    yield enterprise_export(setting, firms)
    yield from credit_exports(setting, firms)
    yield from legal_aid_exports(setting)
    yield litigation_export(setting)
    yield from rulemaking_exports(setting)
    yield cleanup_export(setting)
    yield contract_export(setting, firms)
    yield from meeting_exports(setting)
    yield decision_export(setting)
    yield duty_export(setting)
    yield from letter_exports(setting)
    yield from hall_exports(setting)
    licences = list(licence_rows(setting))
    yield from licence_exports(setting, licences)
    yield from review_exports(setting)
    yield from random_inspection_exports(setting, firms)
    yield from supervision_exports(setting, firms)
    yield from help_exports(setting, firms)
    yield from enforcement_exports(setting)
    yield from mediation_exports(setting)
    yield from reconsideration_exports(setting)
    yield publicity_export(setting)
    yield from village_exports(setting)
    yield from responsibility_exports(setting)
    yield from oversight_exports(setting)
    yield from proposal_export(setting)
    yield from hotline_exports(setting)
    yield from openness_exports(setting)
    yield from credit_office_exports(setting, firms)
    yield audit_export(setting)
    yield from publicity_exports(setting, licences)
    yield from stated_exports(setting)
