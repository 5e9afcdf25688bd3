"""What one home is set to: `ducha.toml`, and `DUCHA_...` in the environment above it."""

from __future__ import annotations

import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from warehouse.home import Home

CLOCK_TIME = r"^([01]\d|2[0-3]):[0-5]\d$"


class SettingsError(Exception):
    """A setting that cannot be used; `str()` names it and says what to do."""


class Part(BaseModel):
    """One section of ducha.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class County(Part):
    """Whose home this is. `sample` marks everything shown or sent with 样例数据."""

    name: str = "样例县"
    name_en: str = "Sample County"
    sample: bool = False


class NightTimes(Part):
    """When the night runs and by when it must have (Asia/Shanghai); for a sample home, the date it pretends to be."""

    at: str = Field(default="01:30", pattern=CLOCK_TIME)
    watched_at: str = Field(default="07:00", pattern=CLOCK_TIME)
    business_date: date | None = None


class InboxRules(Part):
    """`arrival`: the day a file came is the night that took it, or the file's own time."""

    settled_seconds: int = 60
    arrival: Literal["night", "file_time"] = "night"


class MailRules(Part):
    """SMTP; without a host letters are only written. The secret comes from the environment or a file."""

    host: str = ""
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    sender: str = "ducha@sample.invalid"
    office: str = ""
    operator: str = ""
    allowed_domains: tuple[str, ...] = ()

    def password(self) -> str:
        """The secret, read where it is needed and kept nowhere."""
        if self.secret_file:
            return self.secret_file.read_text("utf-8").strip()
        return self.secret.get_secret_value()


class Ports(Part):
    """Where the view and the Prefect server listen, always on 127.0.0.1."""

    view: int = 8501
    prefect: int = 4200


class Settings(BaseSettings):
    """Frozen; read once in `flows/cli.py` and passed down."""

    model_config = SettingsConfigDict(
        env_prefix="DUCHA_", env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    home: Path = Path("var")
    county: County = County()
    night: NightTimes = NightTimes()
    inbox: InboxRules = InboxRules()
    mail: MailRules = MailRules()
    ports: Ports = Ports()

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

    @property
    def place(self) -> Home:
        """The home's paths."""
        return Home(self.home)


def read_settings(home: Path | None) -> Settings:
    """Settings of a home (`--home`, else DUCHA_HOME, else ./var).

    Refuses (SettingsError) a ducha.toml that does not read, naming the key.
    """
    root = (home or Path(os.environ.get("DUCHA_HOME", "var"))).absolute()
    tree: dict[str, Any] = {}
    config = Home(root).config
    if config.is_file():
        try:
            tree = tomllib.loads(config.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{config}: 配置文件无法读取，请检查格式 / this file does not read: {error}") from None
    try:
        settings = Settings(**tree)
    except ValidationError as error:
        lines = [f"{config}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise SettingsError("\n".join(lines)) from None
    return settings.model_copy(update={"home": root})
