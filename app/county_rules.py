"""The sections of `ducha.toml` that the view reads too: the day of a sample home, days of findings, who signs in."""

from __future__ import annotations

import os
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from warehouse.home import COUNTY_ID, Home
from warehouse.models import Severity

if TYPE_CHECKING:
    from expectations.lifecycle import Limits

SECRET = "DUCHA_SSO_SECRET"
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


def is_safe_address(address: str) -> bool:
    """Whether an address of the web is one that nobody listens to on the way: TLS, or this very machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or is_here) and not parts.query and not parts.fragment


class SignInRules(Part):
    """The office's identity provider (OpenID Connect); without an issuer people sign in with local passwords alone.

    `address`: what people type to reach the view, and where the provider sends them back to · `claim`: what of a token
    names the person, as `ducha user subject` has it · `local`: whether local passwords open the door beside it, for
    the day when the provider is down. The secret comes from a file or the environment, never from ducha.toml.
    """

    issuer: str = ""
    client: str = ""
    secret_file: Path | None = None
    address: str = ""
    claim: str = Field(default="sub", min_length=1)
    scope: str = Field(default="openid", pattern=r"^openid( [\w.:/-]+)*$")
    local: bool = False
    skew_seconds: int = Field(default=60, ge=0, le=300)
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.issuer:
            return self
        if not self.client:
            raise ValueError("设了 issuer 就要写 client / an issuer needs a client")
        for name in ("issuer", "address"):
            if not is_safe_address(getattr(self, name)):
                raise ValueError(f"{name} 要写完整的 https 地址 / {name} must be a whole https address")
        return self

    @property
    def with_passwords(self) -> bool:
        """Whether local passwords open the door."""
        return self.local or not self.issuer

    def client_secret(self) -> str:
        """The secret, read where it is needed and kept nowhere. Refuses (OSError) a file that does not read."""
        return self.secret_file.read_text("utf-8").strip() if self.secret_file else os.environ.get(SECRET, "")


class ViewRules(Part):
    """How large a file may be that somebody sends in the browser, and all of them together that wait to be confirmed:
    until then they are held in memory.

    `certificate_file` (with its chain), `key_file`: TLS for an address that other machines reach.
    """

    largest_upload_mb: int = Field(default=30, ge=1, le=500)
    uploads_together_mb: int = Field(default=240, ge=1, le=8000)
    certificate_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file 和 key_file 要一起写 / certificate_file and key_file go together")
        if self.uploads_together_mb < self.largest_upload_mb:
            raise ValueError(
                "uploads_together_mb 不能小于 largest_upload_mb / uploads_together_mb must not be less than "
                "largest_upload_mb"
            )
        return self


class LakeRules(Part):
    """The province's lake. A home with a `county` hands each night's rows to it; one without reads it only."""

    folder: Path | None = None
    county: str = Field(default="", pattern=rf"^({COUNTY_ID})?$")

    @model_validator(mode="after")
    def _has_a_place(self) -> LakeRules:
        if self.folder is not None and not self.folder.is_absolute():
            raise ValueError("folder: 请写绝对路径 / give the whole path, from /")
        if self.county and self.folder is None:
            raise ValueError("有 county 就要有 folder / a county needs a folder to hand its rows to")
        return self


class CountyRules(BaseSettings):
    """`ducha.toml`, and `DUCHA_...` in the environment above it. Sections that it does not name are not read here."""

    model_config = SettingsConfigDict(
        env_prefix="DUCHA_", env_nested_delimiter="__", frozen=True, extra="ignore", env_ignore_empty=True
    )

    night: NightTimes = NightTimes()
    findings: FindingRules = FindingRules()
    lake: LakeRules = LakeRules()
    sign_in: SignInRules = SignInRules()
    view: ViewRules = ViewRules()

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
    told = tomllib.loads(home.config.read_text("utf-8")) if home.config.is_file() else {}
    try:
        return CountyRules(**told)
    except ValidationError as error:
        # Key and reason alone: the library's own words quote what was written, and that may be a secret.
        faults = (f"{home.config}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ValueError("\n".join(faults)) from None
