"""Make a home: folders, an inbox folder per unit, and a ducha.toml that explains itself."""

from __future__ import annotations

from datetime import date

from warehouse.declarations import read_declarations
from warehouse.home import Home

CONFIG = """\
# Ducha: settings of this home. Remove the leading # to use a line. Environment: DUCHA_MAIL__HOST and so on.

[county]
name = "样例县"
name_en = "Sample County"
# sample = true                # marks everything shown or sent with 样例数据

[night]
at = "01:30"                   # Asia/Shanghai
# watched_at = "07:00"         # by when `ducha watch` expects the night to have run

[inbox]
# settled_seconds = 60         # a scheduled night takes a file only when it stood still this long
# arrival = "night"            # "night": came on the night that took it; "file_time": the file's own date

[mail]
# host = "mail.example.internal"
# port = 587
# security = "starttls"        # none | starttls | tls
# user = "ducha"
# secret_file = "/etc/ducha/mail.secret"   # or DUCHA_MAIL__SECRET in the environment
# sender = "ducha@example.internal"
# office = "oversight@example.internal"    # who gets the inspectors' mail
# operator = "operator@example.internal"   # who hears that a night did not run; else office
# allowed_domains = ["example.internal"]
# ca_file = "/etc/ducha/ca.pem"            # the certificate of the county's own authority
# most_per_hour = 300          # what is over it goes an hour later
# most_bytes = 10485760        # a larger letter is not sent; it lies under letters/

[letters]
# weekly_on = "thu"            # the routine goes out on this day; mon tue wed thu fri sat sun
# at_once = ["high"]           # severities that do not wait for it
# remind_on = [1, 15]          # days of the month on which what stays open is said again
# leader_after = 5             # worked days past the deadline: to the leader in charge
# office_after = 10            # worked days past the deadline: to the office
# send_from = "08:30"          # letters leave between these hours of a worked day
# send_until = "18:00"

[findings]
# contest_days = 10            # worked days within which a contest is decided
# look_back_days = {high = 60, medium = 90, low = 120}

[sign_in]
# issuer = "https://sso.example.internal"    # the office's identity provider (OpenID Connect); none: local accounts
# client = "ducha"
# secret_file = "/etc/ducha/sso.secret"      # or DUCHA_SSO_SECRET in the environment
# address = "https://ducha.example.internal" # what people type; the provider sends them back to <address>/sso/back
# claim = "sub"                # what of a token names the person: `ducha user subject NAME SUBJECT`
# scope = "openid"
# local = false                # true: local passwords open the door too, for the day when the provider is down
# skew_seconds = 60            # by how much the clocks may differ
# ca_file = "/etc/ducha/ca.pem"

[papers]
# notice_mark = "督改"         # before the number of a rectification notice: 督改〔2025〕1号
# supervision_mark = "督办"    # the same of a supervision order

[view]
# largest_upload_mb = 30       # a file sent in the browser; a larger one goes into the inbox folder
# uploads_together_mb = 240    # of all files that wait to be confirmed in the browser: they are held in memory
# certificate_file = "/etc/ducha/view.pem"   # TLS for `ducha up --address`: without it passwords travel as plain text
# key_file = "/etc/ducha/view.key"

[lake]
# folder = "/srv/lake"         # of the province: each night hands on what it changed; `ducha province` counts all
# county = "sample_county"     # this county's name there, no other's; without it this home only reads the lake

[card]
# enabled = false              # true: each night writes letters/<night>/card.md: county totals for a messaging group
# kind = "wecom"               # wecom | dingtalk | plain
# webhook_file = "/etc/ducha/card.webhook"   # or DUCHA_CARD_WEBHOOK; without either the card is only written

[ports]
# view = 8501
# prefect = 4200
"""
CATALOGUE = ("rosters", "datasets", "metrics", "row_sets", "targets", "scorecards")


def make_home(home: Home) -> list[str]:
    """Create what is missing and return it; never touches what is there."""
    made = [] if home.exists() else [str(home.root)]
    home.make()
    for name in CATALOGUE:
        (home.catalogue / name).mkdir(exist_ok=True)
    if not home.config.exists():
        home.config.write_text(CONFIG, "utf-8")
        made.append(home.config.name)
    declared = read_declarations(home.catalogue)
    kinds = {kind for contract in declared.contracts.values() for kind in contract.supplied_by}
    suppliers = {unit for kind in kinds for unit in declared.units_for(kind, date.max) or [kind]}
    for unit in sorted(suppliers):
        folder = home.inbox / unit
        label = home.inbox / declared.units[unit].label.zh
        if not folder.exists() and not label.exists():
            folder.mkdir()
            made.append(f"inbox/{unit}")
    return made
