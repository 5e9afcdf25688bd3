"""Every file of the enforcement section."""

from __future__ import annotations

from collections.abc import Iterator

from flows.sample_county.coercion import coercion_export, coercion_rows
from flows.sample_county.enforcement_statistics import statistics_exports
from flows.sample_county.exports import Export
from flows.sample_county.file_reviews import supervision_exports
from flows.sample_county.inspections import inspection_exports, inspection_rows, plan_rows
from flows.sample_county.officers import officer_export
from flows.sample_county.penalties import penalty_export, penalty_rows
from flows.sample_county.setting import Setting
from flows.sample_county.trainings import training_exports


def enforcement_exports(setting: Setting) -> Iterator[Export]:
    """The platform's cases and officers, then lists and plans, trainings, supervision, measures and the five tables."""
    yield penalty_export(setting)
    yield officer_export(setting)
    yield from inspection_exports(setting)
    yield from training_exports(setting)
    penalties = penalty_rows(setting)
    yield from supervision_exports(setting, penalties)
    yield coercion_export(setting)
    inspections = inspection_rows(setting, plan_rows(setting))
    yield from statistics_exports(setting, penalties, coercion_rows(setting), inspections)
