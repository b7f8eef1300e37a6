"""User agents: bots and AI agents (E6), and the browser, system and device they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.derive.lists import agent_kind

if TYPE_CHECKING:
    from tests.conftest import Lab

_KHTML = "(KHTML, like Gecko)"
_WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 {_KHTML}"
_IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 {_KHTML}"

#: what a browser sends: (browser, system, device)
BROWSERS = {
    f"{_WINDOWS} Chrome/126.0.0.0 Safari/537.36": ("Chrome", "Windows", "desktop"),
    f"{_WINDOWS} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0": ("Edge", "Windows", "desktop"),
    f"{_WINDOWS} Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0": ("Opera", "Windows", "desktop"),
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; Tablet PC 2.0; rv:11.0) like Gecko": ("IE", "Windows", "desktop"),
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 {_KHTML} Version/17.5 Safari/605.1.15": (
        "Safari", "Mac OS X", "desktop"),
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0": ("Firefox", "Ubuntu", "desktop"),
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 {_KHTML} Chrome/126.0.0.0 Safari/537.36": (
        "Chrome", "Chrome OS", "desktop"),
    f"{_IPHONE} Version/17.5 Mobile/15E148 Safari/604.1": ("Mobile Safari", "iOS", "mobile"),
    f"{_IPHONE} CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1": ("Chrome Mobile iOS", "iOS", "mobile"),
    f"{_IPHONE} Mobile/15E148 Instagram 330.0.3.29.109 (iPhone14,5; iOS 17_4; es_ES; es; scale=3.00; 1170x2532)": (
        "Instagram", "iOS", "mobile"),
    f"{_IPHONE} Mobile/21E236 [FBAN/FBIOS;FBAV/460.0.0.36.109;FBDV/iPhone13,2;FBMD/iPhone;FBSN/iOS;FBLC/es_ES]": (
        "Facebook", "iOS", "mobile"),
    f"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 {_KHTML} Version/16.6 Mobile/15E148"
    " Safari/604.1": (
        "Mobile Safari", "iOS", "tablet"),
    f"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 {_KHTML} Chrome/126.0.0.0 Mobile Safari/537.36": (
        "Chrome Mobile", "Android", "mobile"),
    f"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 {_KHTML} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile"
    " Safari/537.36": ("Samsung Internet", "Android", "mobile"),
    f"Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 {_KHTML} Chrome/126.0.0.0 Safari/537.36": (
        "Chrome", "Android", "tablet"),
    "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0": ("Firefox Mobile", "Android", "mobile"),
    "Mozilla/5.0 (Android 14; Tablet; rv:127.0) Gecko/127.0 Firefox/127.0": ("Firefox Mobile", "Android", "tablet"),
    "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16": (
        "Opera Mini", "Android", "mobile"),
    f"Mozilla/5.0 (Linux; Android 5.1.1; KFSUWI) AppleWebKit/537.36 {_KHTML} Silk/108.4.6 like Chrome/108.0"
    " Safari/537.36": (
        "Amazon Silk", "Android", "tablet"),
    f"Mozilla/5.0 (Linux; Android 9; BRAVIA 4K VH2) AppleWebKit/537.36 {_KHTML} Chrome/98.0.4758.101 Safari/537.36": (
        "Chrome", "Android", "desktop"),
    "something": (None, None, None),
}  # fmt: skip

BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 {_KHTML} Chrome/126.0 Mobile Safari/537.36"
    " (compatible; GoogleBot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    f"Mozilla/5.0 AppleWebKit/537.36 {_KHTML}; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 {_KHTML} HeadlessChrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; SomeNewBot/1.0)",
    "curl/8.5.0",
    "python-requests/2.31.0",
)

AI_AGENTS = (
    f"Mozilla/5.0 AppleWebKit/537.36 {_KHTML}; compatible; ChatGPT-User/1.0; +https://openai.com/bot",
    f"Mozilla/5.0 AppleWebKit/537.36 {_KHTML}; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
    f"Mozilla/5.0 AppleWebKit/537.36 {_KHTML}; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
)  # fmt: skip


def test_e6_kinds_of_agents() -> None:
    assert {text: agent_kind(text) for text in BROWSERS} == dict.fromkeys(BROWSERS)
    assert {text: agent_kind(text) for text in BOTS} == dict.fromkeys(BOTS, "bot")
    assert {text: agent_kind(text) for text in AI_AGENTS} == dict.fromkeys(AI_AGENTS, "ai_agent")


def test_ai_agents_browse_as_themselves(lab: Lab) -> None:
    """What reads browsers from user agents knows none of them."""
    lab.events(
        *(
            {"anonymous_id": text, "event_time": "2026-05-04T10:00:00Z", "event_type": "page_view", "user_agent": text}
            for text in AI_AGENTS
        )
    )
    lab.rebuild()
    assert lab.rows("select browser from visits order by 1") == [("ChatGPT",), ("Claude",), ("Perplexity",)]


def test_browser_system_and_device_are_read_from_the_user_agent(lab: Lab) -> None:
    lab.events(
        *(
            {"anonymous_id": text, "event_time": "2026-05-04T10:00:00Z", "event_type": "page_view", "user_agent": text}
            for text in BROWSERS
        )
    )
    lab.rebuild()
    found = lab.rows("select anonymous_id, browser, os, device from visits")
    assert {text: facts for text, *facts in found} == {text: list(facts) for text, facts in BROWSERS.items()}


def test_the_events_own_fields_win_over_the_user_agent(lab: Lab) -> None:
    lab.events(
        {
            "anonymous_id": "a",
            "event_time": "2026-05-04T10:00:00Z",
            "event_type": "page_view",
            "user_agent": next(iter(BROWSERS)),
            "device": "kiosk",
            "browser": "Own",
            "os": "Plan 9",
        }
    )
    lab.rebuild()
    assert lab.rows("select browser, os, device from visits") == [("Own", "Plan 9", "kiosk")]


def test_e6_bots_are_tagged_and_counted_and_in_nothing_else(lab: Lab) -> None:
    def told(who: str, agent: str | None, kind: str, clock: str, **more: object) -> dict[str, object]:
        return {
            "anonymous_id": who,
            "event_type": kind,
            "event_time": f"2026-05-04T{clock}:00Z",
            "user_agent": agent,
            "url": "https://shop.example/a",
            **more,
        }

    lab.events(
        told("human", next(iter(BROWSERS)), "page_view", "10:00"),
        *(told(f"ai {n}", agent, "page_view", "10:00") for n, agent in enumerate(AI_AGENTS)),
        *(told(f"bot {n}", agent, "page_view", "10:00") for n, agent in enumerate(BOTS)),
        told("bot 0", BOTS[0], "scroll", "10:01"),
        told("bot 0", BOTS[0], "lead_submitted", "10:02", email="bot@shop.example"),
        told("human", BOTS[0], "page_view", "10:20"),  # a bot that carries a visitor's id keeps no visit alive
        told("human", None, "page_view", "10:40"),
    )
    lab.rebuild()
    bots = len(BOTS) + 3
    assert lab.rows("select agent_kind, count(*), count(visit_id), count(path) from events group by 1 order by 1") == [
        ("ai_agent", len(AI_AGENTS), len(AI_AGENTS), len(AI_AGENTS)),
        ("bot", bots, 0, 0),
        (None, 2, 2, 2),
    ]
    assert lab.rows("select agent_kind, count(*) from visits group by 1 order by 1") == [
        ("ai_agent", len(AI_AGENTS)),
        (None, 2),
    ]
    assert lab.value("select count(*) from touches") == len(AI_AGENTS) + 2
    assert lab.value("select count(*) from conversions") == 0
    assert lab.value("select count(*) from people") == len(AI_AGENTS) + 1
    assert lab.value("select count(*) from identifiers where value like 'bot%'") == 0
    assert lab.value("select count(*) from raw_events") == len(AI_AGENTS) + 2 + bots


def test_e6_what_a_server_tells_is_no_bots_doing(lab: Lab) -> None:
    """A payment told by the site's backend names the program that sent it."""
    payment = {
        "event_type": "payment_received",
        "event_time": "2026-05-04T11:00:00Z",
        "user_agent": "python-requests/2.31.0",
        "value_amount": 50,
        "currency": "USD",
    }
    lab.events(
        {"anonymous_id": "a", "event_type": "page_view", "event_time": "2026-05-04T10:00:00Z"},
        {**payment, "anonymous_id": "a", "event_id": "with a device"},
        {**payment, "email": "a@shop.example", "event_id": "without one"},
    )
    lab.rebuild()
    assert lab.value("select count(*) from events where agent_kind is not null") == 0
    assert lab.value("select count(*) from conversions where goal = 'payment_received'") == 2
