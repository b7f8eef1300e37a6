"""The data lists of ``resources/data`` and what is looked up in them: hosts, user agents, phones, stages, names.

Each function fills one temporary table from the distinct values that occur, so that the SQL steps only join.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import phonenumbers
import polars as pl
from publicsuffixlist import PublicSuffixList
from ua_parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.store import Cursor

_AI_AGENT = "ai_agent"
_BOT = "bot"
_IP = re.compile(r"^\[.*\]$|^\d{1,3}(\.\d{1,3}){3}$")
_TV = re.compile(r"smart-?tv|\btv\b|googletv|appletv|hbbtv|bravia|crkey|roku|netcast|web0s|\baft\w+\b", re.IGNORECASE)
# North America, Spain, United Kingdom, Mexico: the calling code and a complete national number without a trunk prefix
_FULL_NUMBER = r"\+(1[2-9]\d{9}|34[6-9]\d{8}|44[1-9]\d{9}|52[2-9]\d{9})"
_OLD_MEXICAN_MOBILE = re.compile(r"^\s*\+52\D*1\D*((?:\d\D*){10})$")
_TABLET = re.compile(r"ipad|tablet(?! pc)|kindle|silk/|playbook|nexus (7|9|10)|sm-t\d", re.IGNORECASE)
_MOBILE = re.compile(r"mobile|iphone|ipod|android|windows phone|opera mini|blackberry", re.IGNORECASE)


@cache
def data(name: str) -> pl.DataFrame:
    """A list of ``resources/data`` as text columns; absent values are null."""
    with resources.as_file(resources.files("resources").joinpath("data", f"{name}.csv")) as path:
        return pl.read_csv(path, infer_schema=False)


def load_lists(cursor: Cursor) -> None:
    """Fill ``source_names``, ``ad_platforms``, ``placeholders`` ``referrer_domains`` (domain, kind),
    ``referrer_names`` (domain, name) and ``visitor_names`` (number, name: the two words of I6)."""
    referrers = pl.DataFrame(
        list(_referrer_kinds().items()), schema={"domain": pl.String, "kind": pl.String}, orient="row"
    )
    for table, frame in (
        ("source_names", data("source_names")),
        ("ad_platforms", data("ad_platforms")),
        ("placeholders", data("placeholder_identifiers")),
        ("referrer_domains", referrers),
        ("referrer_names", data("referrers").select("domain", "name")),
    ):
        with cursor.table("list_rows", frame):
            cursor.run(f"create or replace temp table {table} as select * from list_rows")
    names = visitor_names()
    with cursor.table("list_rows", pl.DataFrame({"number": range(len(names)), "name": names})):
        cursor.run("create or replace temp table visitor_names as select * from list_rows")


def visitor_names() -> list[str]:
    """The two words an unknown visitor can be called by (I6), in order of their number."""
    words = data("visitor_names")
    colours, animals = (words.filter(pl.col("kind") == kind)["word"] for kind in ("colour", "animal"))
    return [f"{colour} {animal}" for animal in animals for colour in colours]


def resolve_hosts(cursor: Cursor) -> None:
    """Fill ``hosts`` (host, domain, kind, is_own, is_payment) for every referrer and page host (C3, C4).

    The domain is the registrable one by the public suffix list; an IP address is its own. Lists are matched on the
    full host, then on each parent down to that domain, never on a part of a name.
    """
    cursor.run(
        """create or replace temp table seen_hosts as
        select referrer_host as host, bool_or(is_from_app) as is_app from read_page_views group by referrer_host
        union
        select distinct page_host, false from read_page_views"""
    )
    own = {_ascii(domain) for (domain,) in cursor.rows("select domain from own_domains")}
    rows = [
        (host, *_host_facts(host, own, is_app=is_app))
        for host, is_app in cursor.rows("select host, bool_or(is_app) from seen_hosts where host <> '' group by host")
    ]
    frame = pl.DataFrame(
        rows,
        schema={
            "host": pl.String,
            "domain": pl.String,
            "kind": pl.String,
            "is_own": pl.Boolean,
            "is_payment": pl.Boolean,
        },
        orient="row",
    )
    with cursor.table("host_rows", frame):
        cursor.run("create or replace temp table hosts as select * from host_rows")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _referrer_kinds() -> dict[str, str | None]:
    exceptions = dict.fromkeys(data("referrer_exceptions")["domain"])
    return {**dict(data("referrers").select("domain", "kind").iter_rows()), **exceptions}


@cache
def _payment_pages() -> frozenset[str]:
    return frozenset(data("payment_pages")["domain"])


@cache
def _apps() -> dict[str, str]:
    return dict(data("android_apps").select("app_id", "domain").iter_rows())


def registrable_domain(host: str) -> str:
    """``www.shop.example.co.uk`` -> ``example.co.uk``; an IP address or a bare name is returned as it is."""
    if _IP.match(host) or "." not in host:
        return host
    return _suffixes().privatesuffix(host) or host


def referrer_kind(host: str) -> str | None:
    """search | social | mail | ai for a known host, else None (C4)."""
    return _referrer_kinds().get(_listed(host) or "")


def _listed(host: str) -> str | None:
    """The host or the nearest of its parents that any list knows: the most specific entry decides."""
    return next((name for name in _parents(host) if name in _referrer_kinds() or name in _payment_pages()), None)


def _parents(host: str) -> Iterable[str]:
    domain = registrable_domain(host)
    while True:
        yield host
        if host == domain or "." not in host:
            return
        host = host.split(".", 1)[1]


def _host_facts(host: str, own: set[str], *, is_app: bool) -> tuple[str, str | None, bool, bool]:
    """Domain, kind, is_own, is_payment of a host as written, or of an app's id."""
    if is_app:
        if host not in _apps():
            return host, None, False, False
        host = _apps()[host]
    host = _ascii(host)
    is_own = any(host == domain or host.endswith("." + domain) for domain in own)
    return registrable_domain(host), referrer_kind(host), is_own, _listed(host) in _payment_pages()


def _ascii(host: str) -> str:
    """An internationalised host as browsers send it: ``peña.example`` -> ``xn--pea-8ma.example``."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def parse_agents(cursor: Cursor) -> None:
    """Fill ``agents`` (user_agent, browser, os, device, agent_kind) for every user agent that occurs (E6)."""
    texts = [
        text for (text,) in cursor.rows("select distinct user_agent from live_events where user_agent is not null")
    ]
    frame = pl.DataFrame(
        [(text, *_agent_facts(text)) for text in texts],
        schema=dict.fromkeys(("user_agent", "browser", "os", "device", "agent_kind"), pl.String),
        orient="row",
    )
    with cursor.table("agent_rows", frame):
        cursor.run("create or replace temp table agents as select * from agent_rows")


@cache
def _agent_tokens(kind: str) -> dict[str, str]:
    """What tells an agent of a kind: to what it is called."""
    agents = data("user_agents").filter(pl.col("kind") == kind)
    return dict(zip(agents["token"], agents["name"], strict=True))


@cache
def _bot_words() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in data("bot_words")["pattern"])


def agent_kind(user_agent: str) -> str | None:
    """bot | ai_agent, or None for a person's browser (E6). AI agents are tried before bots, names before words."""
    text = user_agent.lower()
    for kind in (_AI_AGENT, _BOT):
        if any(token in text for token in _agent_tokens(kind)):
            return kind
    return _BOT if any(pattern.search(user_agent) for pattern in _bot_words()) else None


def _agent_facts(text: str) -> tuple[str | None, str | None, str | None, str | None]:
    """Browser, system, device and agent kind. Neither a phone (mobile) nor a tablet: desktop.

    An AI agent's browser is the agent itself.
    """
    found = parse(text)
    kind = agent_kind(text)
    browser = found.user_agent.family if found.user_agent else None
    if kind == _AI_AGENT:
        browser = next(name for token, name in _agent_tokens(_AI_AGENT).items() if token in text.lower())
    system = found.os.family if found.os else None
    if _TV.search(text):
        device = "desktop"
    elif _TABLET.search(text) or ("Android" in text and not re.search("Mobile|Opera Mini", text)):
        device = "tablet"
    elif _MOBILE.search(text):
        device = "mobile"
    else:
        device = "desktop" if system else None
    return browser, system, device, kind


def normalise_phones(cursor: Cursor) -> None:
    """Fill ``phones`` (written, e164): E.164 with the profile's region; what is no number is left out (I1).

    Numbers of the largest numbering plans, written internationally and in full, need no parsing beyond their
    separators, which keeps large files fast; all others go through the library.
    """
    cursor.run(
        r"""create or replace temp table written_phones as
        select distinct written, regexp_replace(written, '[\s\-().·/]', '', 'g') as bare
        from (select phone as written from live_events where phone is not null
              union all select phone from live_conversions where phone is not null
              union all select phone from raw_people
              where phone is not null and profile_id = (select profile_id from profile))"""
    )
    plain = f"regexp_full_match(bare, '{_FULL_NUMBER}') and not contains(written, '(0)')"
    region = str(cursor.value("select phone_region from profile"))
    others = cursor.rows(f"select written from written_phones where not ({plain})")
    frame = pl.DataFrame(
        [(text, number) for (text,) in others if (number := e164(text, region))],
        schema={"written": pl.String, "e164": pl.String},
        orient="row",
    )
    with cursor.table("parsed_phones", frame):
        cursor.run(
            f"""create or replace temp table phones as
            select written, bare as e164 from written_phones where {plain}
            union all select written, e164 from parsed_phones"""
        )


def e164(text: str, region: str) -> str | None:
    """A phone number as identity knows it, or None for what is no number (I1)."""
    text = _OLD_MEXICAN_MOBILE.sub(r"+52 \1", text)  # the 1 of mobiles was dropped from the numbering plan in 2019
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_placeholder(kind: str, value: str) -> bool:
    """Whether an identifier stands for nobody, as ``test@test.com`` (I2)."""
    return (
        (kind, value) in _placeholders()
        or ("any", value) in _placeholders()
        or (kind == "email" and ("email_domain", value.rpartition("@")[2]) in _placeholders())
    )


@cache
def _placeholders() -> frozenset[tuple[str, str]]:
    return frozenset(data("placeholder_identifiers").select("kind", "value").iter_rows())
