"""What one home is set to: `ducha.toml`, and `DUCHA_...` in the environment above it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from app.county_rules import CLOCK_TIME, CountyRules, Part
from warehouse.home import Home
from warehouse.models import Severity

if TYPE_CHECKING:
    from expectations.cadence import Cadence

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class SettingsError(Exception):
    """A setting that cannot be used; `str()` names it and says what to do."""


class SecretUnreadable(Exception):
    """The file with the mail secret does not read; `str()` names the file, never what is in it."""


class County(Part):
    """Whose home this is. `sample` marks everything shown or sent with 样例数据."""

    name: str = "样例县"
    name_en: str = "Sample County"
    sample: bool = False


class InboxRules(Part):
    """`arrival`: the day a file came is the night that took it, or the file's own time."""

    settled_seconds: int = 60
    arrival: Literal["night", "file_time"] = "night"


class MailRules(Part):
    """SMTP; without a host letters are only written. The secret comes from the environment or a file.

    `ca_file`: the certificates of the county's own authority, beside those of the system.
    """

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
    ca_file: Path | None = None
    most_per_hour: int = Field(default=300, ge=1)
    most_bytes: int = Field(default=10 * 1024 * 1024, ge=1)

    def password(self) -> str:
        """The secret, read where it is needed and kept nowhere."""
        if self.secret_file:
            try:
                return self.secret_file.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SecretUnreadable(f"{self.secret_file}: {type(error).__name__}") from None
        return self.secret.get_secret_value()


class LetterRules(Part):
    """Who is told what, and when (Asia/Shanghai). A set day that is not worked is the next worked one.

    `at_once`: severities that do not wait for the weekly day · `remind_on`: days of the month · `leader_after`,
    `office_after`: worked days past a deadline · letters leave between `send_from` and `send_until` of a worked day.
    """

    weekly_on: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "thu"
    at_once: tuple[Severity, ...] = ("high",)
    remind_on: tuple[Annotated[int, Field(ge=1, le=28)], ...] = (1, 15)
    leader_after: int = Field(default=5, ge=1)
    office_after: int = Field(default=10, ge=1)
    send_from: str = Field(default="08:30", pattern=CLOCK_TIME)
    send_until: str = Field(default="18:00", pattern=CLOCK_TIME)

    def cadence(self) -> Cadence:
        """The days as the night decides by them."""
        from expectations.cadence import Cadence

        return Cadence(
            WEEKDAYS.index(self.weekly_on), frozenset(self.at_once), self.remind_on, self.leader_after,
            self.office_after,
        )  # fmt: skip


class PaperRules(Part):
    """The mark before the number of a formal document (机关代字); left out: 督改, 督办."""

    notice_mark: str = ""
    supervision_mark: str = ""


class CardRules(Part):
    """The card for a messaging group, of county totals alone; off unless `enabled`.

    `webhook_file`: a file with the group's webhook, which holds a key; or DUCHA_CARD_WEBHOOK in the environment.
    Without either the card is only written. `kind`: what the service takes.
    """

    enabled: bool = False
    kind: Literal["wecom", "dingtalk", "plain"] = "wecom"
    lang: Literal["zh", "en"] = "zh"
    webhook_file: Path | None = None


class Ports(Part):
    """Where the view and the Prefect server listen, always on 127.0.0.1."""

    view: int = 8501
    prefect: int = 4200


class Settings(CountyRules):
    """Frozen; read once in `flows/cli.py` and passed down. The sections that the view reads too are CountyRules."""

    model_config = SettingsConfigDict(extra="forbid")

    home: Path = Path("var")
    county: County = County()
    inbox: InboxRules = InboxRules()
    mail: MailRules = MailRules()
    letters: LetterRules = LetterRules()
    papers: PaperRules = PaperRules()
    card: CardRules = CardRules()
    ports: Ports = Ports()

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
