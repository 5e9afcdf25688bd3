"""The sections of `ducha.toml` that the view reads too: the day of a sample home, and the days of findings."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from warehouse.home import Home
from warehouse.models import Severity

if TYPE_CHECKING:
    from expectations.lifecycle import Limits

CLOCK_TIME = r"^([01]\d|2[0-3]):[0-5]\d$"


class Part(BaseModel):
    """One section of ducha.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NightTimes(Part):
    """When the night runs and by when it must have (Asia/Shanghai); for a sample home, the date it pretends to be."""

    at: str = Field(default="01:30", pattern=CLOCK_TIME)
    watched_at: str = Field(default="07:00", pattern=CLOCK_TIME)
    business_date: date | None = None


class FindingRules(Part):
    """Worked days: within which a contest is decided, and after which a closed finding is looked back on."""

    contest_days: int = Field(default=10, ge=1)
    look_back_days: dict[Severity, Annotated[int, Field(ge=1)]] = {"high": 60, "medium": 90, "low": 120}

    def limits(self) -> Limits:
        """The same as the life of a finding takes them; a severity left out keeps its days."""
        from expectations.lifecycle import Limits

        return Limits(self.contest_days, {**Limits().look_back_days, **self.look_back_days})


class CountyRules(BaseSettings):
    """`ducha.toml`, and `DUCHA_...` in the environment above it. Sections that it does not name are not read here."""

    model_config = SettingsConfigDict(
        env_prefix="DUCHA_", env_nested_delimiter="__", frozen=True, extra="ignore", env_ignore_empty=True
    )

    night: NightTimes = NightTimes()
    findings: FindingRules = FindingRules()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment stands above ducha.toml, which is handed in."""
        return env_settings, init_settings


def read_county_rules(home: Home) -> CountyRules:
    """The rules of a home. Refuses (ValueError, OSError) a ducha.toml that does not read; the doctor tells of it."""
    return CountyRules(**(tomllib.loads(home.config.read_text("utf-8")) if home.config.is_file() else {}))
