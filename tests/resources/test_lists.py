"""The data lists: their form, and what they say about real referrers, user agents and pipeline stages."""

import csv
import re
import unicodedata
from importlib.resources import files
from urllib.parse import urlsplit

import pytest
from publicsuffixlist import PublicSuffixList

Row = dict[str, str]

HEADERS = {
    "ad_platforms.csv": "name,platform",
    "android_apps.csv": "app_id,domain,name",
    "bot_words.csv": "pattern,kind",
    "payment_pages.csv": "domain,name",
    "placeholder_identifiers.csv": "kind,value",
    "referrer_exceptions.csv": "domain,name",
    "referrers.csv": "domain,kind,name",
    "source_names.csv": "name,kind,platform",
    "stage_keywords.csv": "keyword,language,goal,polarity",
    "user_agents.csv": "token,kind,name,operator",
}
KINDS = {"search", "social", "mail", "ai"}
PLATFORMS = {"meta", "google", "microsoft", "tiktok", "x", "linkedin", "pinterest", "snapchat", "reddit"}
POSITIVE = {"lead_created", "appointment_booked", "showed", "qualified", "closed_won", "contact_reply"}
NEGATIVE = {"no_show", "disqualified", "closed_lost", ""}
MAY_BE_BLANK = {("source_names.csv", "platform"), ("stage_keywords.csv", "goal"), ("user_agents.csv", "operator")}
SUFFIXES = PublicSuffixList()


def _text(name: str) -> str:
    return files("resources").joinpath("data", name).read_bytes().decode("utf-8")


def _rows(name: str) -> list[Row]:
    return list(csv.DictReader(_text(name).splitlines()))


REFERRERS = {row["domain"]: row["kind"] for row in _rows("referrers.csv")}
EXCEPTIONS = {row["domain"] for row in _rows("referrer_exceptions.csv")}
PAYMENT_PAGES = {row["domain"] for row in _rows("payment_pages.csv")}
APPS = {row["app_id"]: row["domain"] for row in _rows("android_apps.csv")}
AGENTS = {row["token"]: row["kind"] for row in _rows("user_agents.csv")}
WORDS = [(re.compile(row["pattern"], re.IGNORECASE), row["kind"]) for row in _rows("bot_words.csv")]
STAGES = _rows("stage_keywords.csv")


def _hosts(host: str) -> list[str]:
    """The host, then each parent, down to the registrable domain."""
    registrable = SUFFIXES.privatesuffix(host) or host
    labels = host.split(".")
    return [".".join(labels[place:]) for place in range(len(labels) - registrable.count("."))]


def _kind(url: str) -> str:
    """The kind of a referrer: payment, one of ``KINDS``, or referral."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme == "android-app":
        host = APPS.get(host, host)
    for candidate in _hosts(host):
        if candidate in PAYMENT_PAGES:
            return "payment"
        if candidate in EXCEPTIONS:
            return "referral"
        if candidate in REFERRERS:
            return REFERRERS[candidate]
    return "referral"


def _agent(text: str) -> str:
    found = {kind for token, kind in AGENTS.items() if token in text.lower()}
    if found:
        return "ai_agent" if "ai_agent" in found else "bot"
    return next((kind for pattern, kind in WORDS if pattern.search(text)), "")


def _stage(name: str) -> str | None:
    """The goal of a stage name; None where no keyword is found, "" where one says there is no goal."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    padded = f" {' '.join(re.findall('[a-z0-9]+', bare))} "
    hits = [row for row in STAGES if f" {row['keyword']} " in padded]
    best = min(hits, key=lambda row: (row["polarity"], -len(row["keyword"]), row["keyword"]), default=None)
    return best and best["goal"]


# Form


def test_every_list_is_there() -> None:
    found = {entry.name for entry in files("resources").joinpath("data").iterdir()}
    assert found >= {*HEADERS, "README.md"}


@pytest.mark.parametrize("name", HEADERS)
def test_form(name: str) -> None:
    text = _text(name)
    assert text.splitlines()[0] == HEADERS[name]
    assert "\r" not in text
    assert "\ufeff" not in text
    assert text.endswith("\n")
    assert not any(not line.strip() for line in text.splitlines())
    for row in _rows(name):
        assert None not in row
        for column, value in row.items():
            assert value == value.strip()
            assert value or (name, column) in MAY_BE_BLANK, row


@pytest.mark.parametrize("name", HEADERS)
def test_sorted_without_duplicates(name: str) -> None:
    rows = [tuple(row.values()) for row in _rows(name)]
    assert rows == sorted(rows)
    width = 2 if name == "placeholder_identifiers.csv" else 1
    keys = [row[:width] for row in rows]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", sorted(HEADERS.keys() - {"bot_words.csv"}))
def test_keys_are_lower_case(name: str) -> None:
    free = {"name", "operator"} if "name" not in HEADERS[name].split(",")[0] else set()
    for row in _rows(name):
        assert all(value == value.lower() for column, value in row.items() if column not in free), row


def test_values_come_from_closed_sets() -> None:
    assert set(REFERRERS.values()) == KINDS
    assert {row["kind"] for row in _rows("source_names.csv")} == KINDS
    assert {row["platform"] for row in _rows("source_names.csv")} == {*PLATFORMS, ""}
    assert {row["platform"] for row in _rows("ad_platforms.csv")} == PLATFORMS
    assert set(AGENTS.values()) == {"bot", "ai_agent"}
    assert {kind for _, kind in WORDS} <= {"bot", "ai_agent"}
    assert {row["kind"] for row in _rows("placeholder_identifiers.csv")} <= {"email", "email_domain", "phone", "any"}
    assert {row["language"] for row in STAGES} == {"en", "es"}
    assert {row["goal"] for row in STAGES if row["polarity"] == "positive"} == POSITIVE
    assert {row["goal"] for row in STAGES if row["polarity"] == "negative"} == NEGATIVE
    assert {row["polarity"] for row in STAGES} == {"positive", "negative"}


@pytest.mark.parametrize("name", ["android_apps.csv", "payment_pages.csv", "referrer_exceptions.csv", "referrers.csv"])
def test_domains_are_registrable(name: str) -> None:
    for row in _rows(name):
        domain = row["domain"]
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain), domain
        registrable = SUFFIXES.privatesuffix(domain)
        assert registrable, domain
        assert not SUFFIXES.is_public(domain), domain
        assert domain == registrable or domain.endswith(f".{registrable}")


def test_no_domain_is_in_two_lists() -> None:
    assert not REFERRERS.keys() & PAYMENT_PAGES
    assert not REFERRERS.keys() & EXCEPTIONS
    assert not PAYMENT_PAGES & EXCEPTIONS


def test_no_payment_page_hides_a_referrer_and_no_entry_repeats_its_parent() -> None:
    said = {row["domain"]: (row["kind"], row["name"]) for row in _rows("referrers.csv")}
    for domain, meaning in said.items():
        parents = _hosts(domain)[1:]
        assert not PAYMENT_PAGES.intersection(parents), domain
        assert all(said.get(parent) != meaning for parent in parents), domain
    for domain in PAYMENT_PAGES:
        assert not PAYMENT_PAGES.intersection(_hosts(domain)[1:]), domain
    for domain in EXCEPTIONS:
        assert REFERRERS.keys() & set(_hosts(domain)[1:]), domain


def test_source_names_agree_with_the_other_lists() -> None:
    platforms = {row["name"]: row["platform"] for row in _rows("ad_platforms.csv")}
    for row in _rows("source_names.csv"):
        if row["platform"] and row["name"] in platforms:
            assert platforms[row["name"]] == row["platform"], row
        if row["name"] in REFERRERS:
            assert REFERRERS[row["name"]] == row["kind"], row


def test_keywords_and_tokens_are_in_matching_form() -> None:
    assert all(re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", row["keyword"]) for row in STAGES)
    assert min(map(len, AGENTS)) >= 5
    for row in _rows("placeholder_identifiers.csv"):
        if row["kind"] == "phone":
            assert row["value"].isdigit()
        if row["kind"] == "email":
            assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", row["value"])


# Referrers: the hosts are those of matomo-org/searchengine-and-social-list where it has them


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://www.google.com/", "search"),
        ("https://www.google.es/search?q=dentista", "search"),
        ("https://www.google.co.uk/", "search"),
        ("https://www.google.com.ar/", "search"),
        ("https://www.google.com.mx/url?q=x", "search"),
        ("https://images.google.fr/imgres", "search"),
        ("https://news.google.com/", "search"),
        ("https://cse.google.de/cse", "search"),
        ("https://www.bing.com/", "search"),
        ("https://cn.bing.com/search?q=a", "search"),
        ("https://search.yahoo.com/", "search"),
        ("https://r.search.yahoo.com/_ylt=A0", "search"),
        ("https://es.search.yahoo.com/search", "search"),
        ("https://search.yahoo.co.jp/search", "search"),
        ("https://duckduckgo.com/", "search"),
        ("https://www.ecosia.org/search", "search"),
        ("https://lite.qwant.com/", "search"),
        ("https://search.brave.com/search", "search"),
        ("https://eu.startpage.com/do/search", "search"),
        ("https://yandex.ru/search/", "search"),
        ("https://yandex.com.tr/search/", "search"),
        ("https://ya.ru/", "search"),
        ("https://www.baidu.com/link", "search"),
        ("https://m.baidu.com/", "search"),
        ("https://search.seznam.cz/", "search"),
        ("https://search.naver.com/search.naver", "search"),
        ("https://www.sogou.com/web", "search"),
        ("https://m.sm.cn/s", "search"),
        ("https://go.mail.ru/search", "search"),
        ("https://swisscows.com/", "search"),
        ("https://search.lilo.org/", "search"),
        ("https://busca.uol.com.br/", "search"),
        ("https://www.facebook.com/", "social"),
        ("https://l.facebook.com/l.php?u=x", "social"),
        ("https://lm.facebook.com/", "social"),
        ("http://m.facebook.com", "social"),
        ("https://fb.me/abc", "social"),
        ("https://l.instagram.com/?u=x", "social"),
        ("https://t.co/AbCd", "social"),
        ("https://x.com/", "social"),
        ("https://lnkd.in/xyz", "social"),
        ("https://www.linkedin.com/feed/", "social"),
        ("https://m.youtube.com/watch?v=1", "social"),
        ("https://youtu.be/1", "social"),
        ("https://old.reddit.com/r/x", "social"),
        ("https://www.pinterest.es/", "social"),
        ("https://mx.pinterest.com/", "social"),
        ("https://vm.tiktok.com/", "social"),
        ("https://l.threads.net/", "social"),
        ("https://l.threads.com/", "social"),
        ("https://go.bsky.app/redirect", "social"),
        ("https://mastodon.social/@a", "social"),
        ("https://web.whatsapp.com/", "social"),
        ("https://wa.me/34600000000", "social"),
        ("https://web.telegram.org/", "social"),
        ("https://away.vk.com/", "social"),
        ("https://www.quora.com/", "social"),
        ("https://news.ycombinator.com/item?id=1", "social"),
        ("https://tieba.baidu.com/", "social"),
        ("https://my.mail.ru/", "social"),
        ("https://mail.google.com/", "mail"),
        ("https://mail.yahoo.com/", "mail"),
        ("https://mail.yahoo.co.jp/", "mail"),
        ("https://outlook.live.com/", "mail"),
        ("https://outlook.office.com/", "mail"),
        ("https://nam02.safelinks.protection.outlook.com/?url=x", "mail"),
        ("https://e.mail.ru/", "mail"),
        ("https://mail.aol.com/", "mail"),
        ("https://mail.proton.me/", "mail"),
        ("https://email.seznam.cz/", "mail"),
        ("https://chatgpt.com/", "ai"),
        ("https://chat.openai.com/", "ai"),
        ("https://claude.ai/", "ai"),
        ("https://www.perplexity.ai/", "ai"),
        ("https://gemini.google.com/", "ai"),
        ("https://notebooklm.google.com/", "ai"),
        ("https://copilot.microsoft.com/", "ai"),
        ("https://chat.deepseek.com/", "ai"),
        ("https://grok.com/", "ai"),
        ("https://chat.mistral.ai/", "ai"),
        ("https://www.meta.ai/", "ai"),
        ("https://you.com/", "ai"),
        ("https://checkout.stripe.com/c/pay/cs_live", "payment"),
        ("https://buy.stripe.com/abc", "payment"),
        ("https://hooks.stripe.com/redirect", "payment"),
        ("https://www.mercadopago.com.ar/checkout/v1/redirect", "payment"),
        ("https://www.mercadopago.cl/", "payment"),
        ("https://www.paypal.com/checkoutnow", "payment"),
        ("https://shop.app/checkout", "payment"),
        ("https://sis.redsys.es/sis/realizarPago", "payment"),
        ("https://webpay3g.transbank.cl/webpayserver/init", "payment"),
        ("https://pay.google.com/", "payment"),
        ("https://cap.wlp-acs.com/", "payment"),
        ("https://accounts.google.com/signin", "referral"),
        ("https://docs.google.com/document", "referral"),
        ("https://finance.yahoo.com/", "referral"),
        ("https://openai.com/", "referral"),
        ("https://stripe.com/customers", "referral"),
        ("https://www.mercadolibre.com.ar/", "referral"),
        ("https://notgoogle.com/", "referral"),
        ("https://google.com.evil.example/", "referral"),
        ("https://facebook.com-login.example/", "referral"),
        ("https://google.attacker.co.uk/", "referral"),
        ("https://mybing.com/", "referral"),
        ("https://fedex.com/", "referral"),
        ("https://cityguide.example/best", "referral"),
        ("android-app://com.google.android.gm/", "mail"),
        ("android-app://com.google.android.googlequicksearchbox/https/www.google.com", "search"),
        ("android-app://com.facebook.katana/", "social"),
        ("android-app://org.telegram.messenger", "social"),
        ("android-app://com.linkedin.android/", "social"),
        ("android-app://com.openai.chatgpt/", "ai"),
        ("android-app://com.Slack/", "referral"),
        ("android-app://com.unheard.of/", "referral"),
    ],
)
def test_referrer(url: str, kind: str) -> None:
    assert _kind(url) == kind


# User agents: browsers and crawlers as recorded by omrilotan/isbot and monperrus/crawler-user-agents

_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {_APPLE}"


@pytest.mark.parametrize(
    "text",
    [
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_BLINK} Chrome/126.0.0.0 Safari/537.36",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_BLINK} Chrome/81.0.4044.113 Safari/537.36 Edg/81.0.416.62",
        f"Mozilla/5.0 (Windows NT 10.0; WOW64) {_BLINK} Chrome/56.0.2924.87 Safari/537.36 OPR/43.0.2442.991",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:100.0) Gecko/20100101 Firefox/100.0",
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0",
        f"Mozilla/5.0 (X11; CrOS x86_64 13904.66.0) {_BLINK} Chrome/91.0.4472.114 Safari/537.36",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_APPLE} Version/17.4 Safari/605.1.15",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_BLINK} Chrome/100.0 Whale/3.14.133.23 Safari/537.36",
        f"{_IPHONE} Version/17.5 Mobile/15E148 Safari/604.1",
        f"{_IPHONE} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
        f"{_IPHONE} GSA/102.0.304944559 Mobile/15E148 Safari/604.1",
        f"Mozilla/5.0 (Linux; Android 10; K) {_BLINK} Chrome/126.0.0.0 Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 14; SM-S911B) {_BLINK} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 12; HarmonyOS; TET-AN00) {_BLINK} Chrome/99.0.4844.88 HuaweiBrowser/14.0.5.301",
        f"Mozilla/5.0 (Linux; Android 9; Redmi Note 7) {_BLINK} Chrome/71.0.3578.141 XiaoMi/MiuiBrowser/11.4.3-g",
        f"Mozilla/5.0 (Linux; Android 6.0; CUBOT MAX) {_BLINK} Chrome/72.0.3626.121 Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 8.0.0; CUBOT_P20) {_BLINK} Chrome/70.0.3538.110 Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 11; CUBOT KING KONG 5 Pro) {_BLINK} Chrome/126.0.0.0 Mobile Safari/537.36",
        f"{_IPHONE} Mobile/21F90 [FBAN/FBIOS;FBAV/466.1.0.28.109;FBBV/602387345;FBDV/iPhone14,7;FBMD/iPhone;FBSN/iOS]",
        f"Mozilla/5.0 (Linux; Android 9; SM-G950U Build/PPR1; wv) {_BLINK} Version/4.0 Chrome/80.0.3987.149 Mobile "
        "Safari/537.36 [FB_IAB/FB4A;FBAV/263.0.0.46.121;]",
        f"{_IPHONE} Mobile/21F79 Instagram 330.0.3.29.91 (iPhone14,3; iOS 17_5; es_ES; es; scale=3.00; 1125x2436)",
        f"Mozilla/5.0 (Linux; Android 11; Pixel 2 Build/RP1A; wv) {_BLINK} Version/4.0 Chrome/91.0.4472.120 Mobile "
        "Safari/537.36 Instagram 194.0.0.36.172 Android (30/11; 420dpi; 1080x1878; Google/google; Pixel 2; en_US)",
        f"Mozilla/5.0 (Linux; Android 10; SM-G973F Build/QQ3A; wv) {_BLINK} Version/4.0 Chrome/85.0.4183.101 Mobile "
        "Safari/537.36 trill_2021806060 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly ByteLocale/fr",
        f"{_IPHONE} Mobile/15E148 musical_ly_34.5.0 JsSdk/2.0 NetType/WIFI Channel/App Store BytedanceWebview/d8a21c6",
        f"{_IPHONE} Version/14.1.1 Mobile/15E148 Snapchat/11.36.0.36 (like Safari/604.1)",
        f"{_IPHONE} Mobile/15E148 [LinkedInApp]",
        f"{_IPHONE} Mobile/17D50 Twitter for iPhone/8.10",
        "Mozilla/5.0 (iPad; CPU OS 6_1_3 like Mac OS X) AppleWebKit/536.26 (KHTML, like Gecko) [Pinterest/iOS]",
        f"Mozilla/5.0 (Linux; Android 12; M2101) {_BLINK} Chrome/98.0 YaBrowser/22.3.1.78 Yandex Mobile Safari/537.36",
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 13_3 like Mac OS X) {_APPLE} Mobile/15E148 baiduboxapp/11.20.0.17 (Baidu)",
        f"Mozilla/5.0 (Linux; Android 7.0) {_BLINK} Chrome/53.0 MQQBrowser/6.2 Safari/537.36 MicroMessenger/6.5.16",
        f"{_IPHONE} Version/12.0 Mobile/15E148 Safari/605.1.15 BingWeb/6.37.2.0",
        f"{_IPHONE} Mobile/15E148 GoogleWv/1.0 (WKWebView) GeminiiOS/1.2026.2270600",
        f"{_IPHONE} Version/17.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
    ],
)
def test_browser_is_a_person(text: str) -> None:
    assert not _agent(text)


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        f"Mozilla/5.0 {_BLINK}; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/84.0 Safari/537.36",
        "AdsBot-Google (+http://www.google.com/adsbot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_5) {_APPLE} Version/12.1.1 Safari/605.1.15 (Applebot/0.1)",
        f"Mozilla/5.0 {_BLINK}; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        f"Mozilla/5.0 {_BLINK}; compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot",
        f"Mozilla/5.0 {_BLINK}; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
        f"Mozilla/5.0 {_BLINK}; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
        f"Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com) {_BLINK} Chrome/70.0.0.0 Safari/537.36",
        "CCBot/2.0 (http://commoncrawl.org/faq/)",
        "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Twitterbot/1.0",
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
        "TelegramBot (like TwitterBot)",
        "WhatsApp/2.21.12.21 A",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Pinterest/0.2 (+http://www.pinterest.com/)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "Mozilla/5.0 (compatible; SemrushBot/0.97; +http://www.semrush.com/bot.html)",
        "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
        "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
        f"Mozilla/5.0 (X11; Linux x86_64) {_BLINK} HeadlessChrome/100.0.4896.88 Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 11; moto g power (2022)) {_BLINK} Chrome/136.0 Safari/537.36 Chrome-Lighthouse",
        "python-requests/2.21.0",
        "curl/7.64.1",
        "Wget/1.21.2",
        "Go-http-client/2.0",
        "Mozilla/5.0 (compatible; SomeUnheardBot/0.1; +https://unheard.example/bot)",
        "ExampleCrawler/1.0",
    ],
)
def test_bot(text: str) -> None:
    assert _agent(text) == "bot"


@pytest.mark.parametrize(
    "text",
    [
        f"Mozilla/5.0 {_BLINK}; compatible; ChatGPT-User/1.0; +https://openai.com/bot",
        f"Mozilla/5.0 {_BLINK}; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
        f"Mozilla/5.0 {_BLINK}; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
        f"Mozilla/5.0 {_BLINK}; compatible; MistralAI-User/1.0; +https://docs.mistral.ai/robots)",
        "DuckAssistBot/1.2; (+http://duckduckgo.com/duckassistbot.html)",
        "meta-externalfetcher/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
        f"Mozilla/5.0 {_BLINK}; compatible; Gemini-Deep-Research; +https://gemini.google/overview/deep-research/)",
        f"Mozilla/5.0 (X11; Linux x86_64) {_BLINK}; compatible; Google-Agent)",
        f"Mozilla/5.0 (X11; Linux x86_64) {_BLINK}; compatible; GoogleAgent-Mariner) Chrome/142.0 Safari/537.36",
        "Mozilla/5.0 (compatible; Google-NotebookLM; +https://notebooklm.google.com/)",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_BLINK} Chrome/132.0.0.0 Safari/537.36; Manus-User/1.0",
        "kagi-fetcher/1.0",
        f"Mozilla/5.0 {_BLINK}; compatible; Amzn-User/0.1) Chrome/119.0.6045.214 Safari/537.36",
    ],
)
def test_ai_agent(text: str) -> None:
    assert _agent(text) == "ai_agent"


# Pipeline stages


@pytest.mark.parametrize(
    ("name", "goal"),
    [
        ("New Lead", "lead_created"),
        ("🔥 Hot Lead", "lead_created"),
        ("New Inquiry", "lead_created"),
        ("Nuevo Lead", "lead_created"),
        ("Prospecto", "lead_created"),
        ("Cliente potencial", "lead_created"),
        ("Appointment Set", "appointment_booked"),
        ("Booked", "appointment_booked"),
        ("Appointment Scheduled", "appointment_booked"),
        ("Discovery Call Scheduled", "appointment_booked"),
        ("Lead Booked", "appointment_booked"),
        ("Cita agendada", "appointment_booked"),
        ("Reunión Programada", "appointment_booked"),
        ("Turno confirmado", "appointment_booked"),
        ("Showed", "showed"),
        ("Appointment - Showed Up", "showed"),
        ("Consultation Completed", "showed"),
        ("Asistió", "showed"),
        ("Cita realizada", "showed"),
        ("Se presentó", "showed"),
        ("No show", "no_show"),
        ("No-Show", "no_show"),
        ("Didn't show", "no_show"),
        ("Appointment: No Show", "no_show"),
        ("No asistió", "no_show"),
        ("Cita - No se presentó", "no_show"),
        ("Cita perdida", "no_show"),
        ("Qualified", "qualified"),
        ("Qualified Lead", "qualified"),
        ("Qualified To Buy", "qualified"),
        ("Lead calificado", "qualified"),
        ("Cualificado", "qualified"),
        ("Not Qualified", "disqualified"),
        ("Unqualified", "disqualified"),
        ("No calificado", "disqualified"),
        ("Descualificado", "disqualified"),
        ("Lead Abandonado", "disqualified"),
        ("Spam / Wrong Number", "disqualified"),
        ("Closed Won", "closed_won"),
        ("Closed", "closed_won"),
        ("Won 🎉", "closed_won"),
        ("Ganado", "closed_won"),
        ("Cerrado Ganado", "closed_won"),
        ("Contrato firmado", "closed_won"),
        ("Closed Lost", "closed_lost"),
        ("Closed - Lost", "closed_lost"),
        ("Lost Lead", "closed_lost"),
        ("Perdido", "closed_lost"),
        ("Cerrado perdido", "closed_lost"),
        ("No interesado", "closed_lost"),
        ("Replied", "contact_reply"),
        ("Contact Reply", "contact_reply"),
        ("Respondió", "contact_reply"),
        ("Respuesta de Contacto", "contact_reply"),
        ("Appointment Cancelled", ""),
        ("Cita cancelada", ""),
        ("Por agendar", ""),
        ("Sin respuesta", ""),
        ("No reply", ""),
        ("Contacted", None),
        ("Proposal Sent", None),
        ("Negociación", None),
        ("Shower installed", None),
        ("Leadership call", None),
    ],
)
def test_stage(name: str, goal: str | None) -> None:
    assert _stage(name) == goal


# Names and placeholders


@pytest.mark.parametrize(
    ("name", "kind", "platform"),
    [
        ("facebook", "social", "meta"),
        ("ig", "social", "meta"),
        ("an", "social", "meta"),
        ("instagram_stories", "social", "meta"),
        ("facebook_mobile_feed", "social", "meta"),
        ("google", "search", "google"),
        ("google_ads", "search", "google"),
        ("adwords", "search", "google"),
        ("youtube", "social", "google"),
        ("bing", "search", "microsoft"),
        ("yahoo", "search", ""),
        ("tiktok", "social", "tiktok"),
        ("linkedin", "social", "linkedin"),
        ("newsletter", "mail", ""),
        ("klaviyo", "mail", ""),
        ("gmail", "mail", ""),
        ("chatgpt.com", "ai", ""),
    ],
)
def test_source_name(name: str, kind: str, platform: str) -> None:
    assert {"name": name, "kind": kind, "platform": platform} in _rows("source_names.csv")


def test_ad_platform_names() -> None:
    names = {row["name"]: row["platform"] for row in _rows("ad_platforms.csv")}
    for name, platform in {
        "facebook ads": "meta",
        "meta": "meta",
        "google ads": "google",
        "adwords": "google",
        "x ads": "x",
        "twitter": "x",
        "bing ads": "microsoft",
        "tiktok": "tiktok",
        "reddit ads": "reddit",
    }.items():
        assert names[name] == platform
    assert names.keys() >= PLATFORMS


def test_placeholders_leave_ordinary_addresses_alone() -> None:
    held = {(row["kind"], row["value"]) for row in _rows("placeholder_identifiers.csv")}
    assert {("email", "test@test.com"), ("phone", "000000"), ("phone", "10000000000"), ("any", "undefined")} <= held
    values = {value for _, value in held}
    assert not values & {"jane@example.com", "user@example.com", "info@example.com", "example.com", "15551234567"}
