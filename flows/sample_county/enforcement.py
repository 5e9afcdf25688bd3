"""Every file of the enforcement section."""

from __future__ import annotations

from collections.abc import Iterator

from flows.sample_county.exports import Export
from flows.sample_county.officers import officer_export
from flows.sample_county.penalties import penalty_export
from flows.sample_county.setting import Setting


def enforcement_exports(setting: Setting) -> Iterator[Export]:
    """The platform of enforcement and the files beside it."""
    yield penalty_export(setting)
    yield officer_export(setting)
