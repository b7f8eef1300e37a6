"""Channels (C1-C4): every row of the two tables of the functional source, every rule, and real referrers.

Each test puts all its cases into one workspace, a visitor for each, and compares the channels at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.profiles import ChannelRule, Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import Lab

Event = dict[str, Any]

SITE = "https://shop.example/"
GOOGLE = "https://www.google.com/"
FACEBOOK = "https://www.facebook.com/"


def load(lab: Lab, views: Mapping[str, Event]) -> None:
    """Import one page view a case, by a visitor of its name."""
    lab.events(
        *(
            {
                "anonymous_id": name,
                "event_time": "2026-05-04T10:00:00Z",
                "event_type": "page_view",
                "url": SITE,
                **fields,
            }
            for name, fields in views.items()
        )
    )
    lab.rebuild()


def channels(lab: Lab) -> dict[str, str]:
    return dict(lab.rows("select anonymous_id, channel from visits"))


def check(lab: Lab, cases: Mapping[str, tuple[Event, str]]) -> None:
    load(lab, {name: fields for name, (fields, _) in cases.items()})
    assert channels(lab) == {name: channel for name, (_, channel) in cases.items()}


def check_queries(lab: Lab, expected: Mapping[str, str]) -> None:
    """Queries of landing pages, and the channel each gives."""
    load(lab, {query: {"url": f"{SITE}?{query}"} for query in expected})
    assert channels(lab) == expected


def check_referrers(lab: Lab, expected: Mapping[str, str]) -> None:
    load(lab, {referrer: {"referrer": referrer} for referrer in expected})
    assert channels(lab) == expected


def test_c1_to_c4_the_table_of_the_channel_guide(lab: Lab) -> None:
    """doc:2353-2363, row by row, each alternative of a row as a case of its own."""
    cases: dict[str, tuple[Event, str]] = {}
    for click_id in ("fbclid", "ttclid"):
        cases[f"2355 {click_id}"] = {"url": f"{SITE}?{click_id}=x"}, "Paid Social"
    for medium in ("paid", "cpc", "ppc", "paid_social", "paidsocial", "social_paid", "my-cpc", "ppc2"):
        for source in ("facebook", "instagram", "tiktok", "linkedin"):
            cases[f"2355 {medium} {source}"] = {"utm_medium": medium, "utm_source": source}, "Paid Social"
    for site in ("facebook.com", "instagram.com", "twitter.com", "linkedin.com"):
        cases[f"2356 {site}"] = {"referrer": f"https://www.{site}/"}, "Organic Social"
    for click_id in ("gclid", "msclkid"):
        cases[f"2357 {click_id}"] = {"url": f"{SITE}?{click_id}=x"}, "Paid Search"
    for medium in ("cpc", "ppc"):
        for source in ("google", "bing", "yahoo", "duckduckgo", "baidu"):
            cases[f"2357 {medium} {source}"] = {"utm_medium": medium, "utm_source": source}, "Paid Search"
    for site in ("www.google.com", "www.bing.com", "search.yahoo.com", "duckduckgo.com", "www.baidu.com"):
        cases[f"2358 {site}"] = {"referrer": f"https://{site}/"}, "Organic Search"
    cases["2359 email"] = {"utm_medium": "email"}, "Email"
    cases["2360 another site"] = {"referrer": "https://www.nytimes.com/2026/05/04/x.html"}, "Referral"
    cases["2361 nothing"] = {}, "Direct"
    for medium in ("display", "banner", "cpm"):
        cases[f"2362 {medium}"] = {"utm_medium": medium}, "Display"
    cases["2363 affiliate"] = {"utm_medium": "affiliate"}, "Affiliate"
    # 2366: click ids take precedence over tags, whatever the medium
    for medium in ("email", "organic", "referral", "affiliate", "display", "cpc", "anything"):
        cases[f"2366 fbclid {medium}"] = {"url": f"{SITE}?fbclid=x&utm_medium={medium}"}, "Paid Social"
    check(lab, cases)


def test_c1_to_c4_the_table_of_the_utm_guide(lab: Lab) -> None:
    """doc:9546-9558, row by row. C4 does not follow two of them, as marked."""
    cases: dict[str, tuple[Event, str]] = {
        "9548 paid": ({"utm_medium": "paid", "utm_source": "facebook"}, "Paid Social"),
        "9548 cpc": ({"utm_medium": "cpc", "utm_source": "facebook"}, "Paid Social"),
        "9549 paid": ({"utm_medium": "paid", "utm_source": "google"}, "Paid Search"),
        "9549 cpc": ({"utm_medium": "cpc", "utm_source": "google"}, "Paid Search"),
        "9550 fbclid, no referrer": ({"url": f"{SITE}?fbclid=x"}, "Paid Social"),
        "9550 ttclid, no referrer": ({"url": f"{SITE}?ttclid=x"}, "Paid Social"),
        # C4: "no social referrer" is not asked for
        "9550 fbclid, social referrer": ({"url": f"{SITE}?fbclid=x", "referrer": FACEBOOK}, "Paid Social"),
        "9551 gclid": ({"url": f"{SITE}?gclid=x"}, "Paid Search"),
        "9551 msclkid": ({"url": f"{SITE}?msclkid=x"}, "Paid Search"),
        "9552 email": ({"utm_medium": "email"}, "Email"),
        # C4: the channel's name is Affiliate, not "Affiliates"
        "9553 affiliate": ({"utm_medium": "affiliate"}, "Affiliate"),
        "9554 display": ({"utm_medium": "display"}, "Display"),
        "9555 google.com": ({"referrer": GOOGLE}, "Organic Search"),
        "9555 bing.com": ({"referrer": "https://www.bing.com/"}, "Organic Search"),
        "9556 facebook.com": ({"referrer": FACEBOOK}, "Organic Social"),
        "9556 instagram.com": ({"referrer": "https://www.instagram.com/"}, "Organic Social"),
        "9557 another site": ({"referrer": "https://blog.partner.example/"}, "Referral"),
        "9558 nothing": ({}, "Direct"),
    }
    check(lab, cases)


def test_c1_click_ids(lab: Lab) -> None:
    search = dict.fromkeys(("gclid", "gbraid", "wbraid", "msclkid"), "Paid Search")
    social = dict.fromkeys(("fbclid", "ttclid", "twclid", "li_fat_id"), "Paid Social")
    cases: dict[str, tuple[Event, str]] = {}
    for name, channel in (search | social).items():
        cases[f"{name} in the address"] = {"url": f"{SITE}?{name}=x"}, channel
        cases[f"{name} as a field"] = {name: "x"}, channel
        cases[f"{name} and an email medium"] = {name: "x", "utm_medium": "email", "utm_source": "news"}, channel
        cases[f"{name} and a referrer"] = {name: "x", "referrer": "https://partner.example/"}, channel
        cases[f"{name} without a value"] = {"url": f"{SITE}?{name}="}, "Direct"
        for other in search:
            cases[f"{name} and {other}"] = {"url": f"{SITE}?{name}=x&{other}=x"}, "Paid Search"
    cases["fbclid and ttclid"] = {"fbclid": "x", "ttclid": "x"}, "Paid Social"
    cases["a name that only contains one"] = {"url": f"{SITE}?notgclid=x&gclid2=y"}, "Direct"
    check(lab, cases)
    assert dict(
        lab.rows(
            "select click_id_kind, any_value(platform) from visits where click_id_kind is not null"
            " and anonymous_id = click_id_kind || ' as a field' group by 1"
        )
    ) == {
        "gclid": "google",
        "gbraid": "google",
        "wbraid": "google",
        "msclkid": "microsoft",
        "fbclid": "meta",
        "ttclid": "tiktok",
        "twclid": "x",
        "li_fat_id": "linkedin",
    }


def test_c1_fbclid_policy(lab: Lab) -> None:
    cases: dict[str, tuple[Event, str, str]] = {
        "alone": ({}, "Paid Social", "Organic Social"),
        "from Facebook": ({"referrer": FACEBOOK}, "Paid Social", "Organic Social"),
        "paid tags": ({"utm_medium": "paid_social", "utm_source": "facebook"}, "Paid Social", "Paid Social"),
        "cpc, unknown source": ({"utm_medium": "CPC", "utm_source": "x1"}, "Paid Social", "Paid Social"),
        "social tags": ({"utm_medium": "social", "utm_source": "facebook"}, "Paid Social", "Organic Social"),
        "mail opened in the app": ({"utm_medium": "email", "utm_source": "news"}, "Paid Social", "Email"),
        "with a search click id": ({"gclid": "x"}, "Paid Search", "Paid Search"),
    }
    load(lab, {name: {**fields, "fbclid": "x"} for name, (fields, _, _) in cases.items()})
    assert channels(lab) == {name: always for name, (_, always, _) in cases.items()}
    lab.change(fbclid_policy="needs_paid_utm")
    lab.rebuild()
    assert channels(lab) == {name: needs for name, (_, _, needs) in cases.items()}


def test_c2_media(lab: Lab) -> None:
    by_medium = {
        "Email": ("email", "e-mail", "e_mail", "newsletter"),
        "Affiliate": ("affiliate", "affiliates"),
        "Display": ("display", "banner", "cpm", "interstitial", "expandable"),
        "Organic Social": ("social", "social-media", "organic_social", "sm"),
        "Organic Search": ("organic",),
        "Referral": ("referral",),
    }
    sources = ("", "facebook", "google", "gmail", "nobody")
    expected = {
        f"utm_medium={medium}&utm_source={source}": channel
        for channel, media in by_medium.items()
        for medium in media
        for source in sources
    }
    for medium in ("paid", "cpc", "ppc", "paid-social", "paidsearch", "cpc_brand", "xppc"):
        expected |= {
            f"utm_medium={medium}&utm_source=instagram": "Paid Social",
            f"utm_medium={medium}&utm_source=bing": "Paid Search",
            f"utm_medium={medium}&utm_source=nobody": "Display",
            f"utm_medium={medium}&utm_source=chatgpt.com": "Display",
            f"utm_medium={medium}": "Display",
        }
    for medium in ("video", "push", "sms", "qr", "emailing", "web"):
        expected |= {
            f"utm_medium={medium}&utm_source=instagram": "Organic Social",
            f"utm_medium={medium}&utm_source=bing": "Organic Search",
            f"utm_medium={medium}&utm_source=gmail": "Email",
            f"utm_medium={medium}&utm_source=chatgpt.com": "Referral",
            f"utm_medium={medium}&utm_source=nobody": "Referral",
            f"utm_medium={medium}": "Referral",
        }
    check_queries(lab, expected)


def test_c2_sources_without_a_medium(lab: Lab) -> None:
    check_queries(
        lab,
        {
            "utm_source=facebook": "Organic Social",
            "utm_source=ig": "Organic Social",
            "utm_source=google": "Organic Search",
            "utm_source=newsletter": "Email",
            "utm_source=mailchimp": "Email",
            "utm_source=chatgpt.com": "Referral",
            "utm_source=partner": "Referral",
            # a source written as a host is looked up like a referrer, on the registrable domain (C4)
            "utm_source=m.facebook.com": "Organic Social",
            "utm_source=https://www.google.es/": "Organic Search",
            "utm_source=lm.instagram.com": "Organic Social",
            "utm_source=mail.google.com": "Email",
            "utm_source=docs.google.com": "Referral",
            "utm_source=notfacebook.com": "Referral",
            "utm_source=facebook.com.evil.example": "Referral",
            # tags that name neither source nor medium: a referrer may still tell, but it is not Direct (doc:2361)
            "utm_campaign=spring": "Referral",
            "utm_content=a": "Referral",
            "utm_term=b": "Referral",
        },
    )


def test_c2_utm_beats_referrer_and_is_compared_in_lower_case(lab: Lab) -> None:
    check(
        lab,
        {
            "medium against search engine": ({"utm_medium": "email", "referrer": GOOGLE}, "Email"),
            "source against search engine": ({"utm_source": "facebook", "referrer": GOOGLE}, "Organic Social"),
            "unknown source against search engine": ({"utm_source": "partner", "referrer": GOOGLE}, "Referral"),
            "campaign alone leaves it to the referrer": ({"utm_campaign": "x", "referrer": GOOGLE}, "Organic Search"),
            "capitals": ({"utm_medium": "CPC", "utm_source": "FaceBook"}, "Paid Social"),
            "capitals in the address": ({"url": f"{SITE}?UTM_Source=Google&utm_medium=PPC"}, "Paid Search"),
            "blanks": ({"utm_medium": " email "}, "Email"),
        },
    )
    assert lab.rows("select source, medium from visits where anonymous_id = 'capitals'") == [("FaceBook", "CPC")]


def test_c3_what_is_no_referrer(lab: Lab) -> None:
    lab.change(domains=("shop.example", "www.tienda.example", "peña.example"))
    check(
        lab,
        {
            name: ({"referrer": name, **fields}, "Direct")
            for name, fields in {
                "https://shop.example/": {},
                "https://www.shop.example/a?b=c": {},
                "HTTPS://SHOP.EXAMPLE": {},
                "http://a.b.shop.example:8080/": {},
                "shop.example": {},
                "//shop.example/x": {},
                "https://shop.example./": {},
                "https://user:secret@shop.example/": {},
                "https://tienda.example/": {},
                "https://checkout.tienda.example/": {},
                "https://xn--pea-8ma.example/": {},
                "https://www.peña.example/": {},
                "https://app.landing.co.uk/": {"url": "https://www.landing.co.uk/"},
                "https://landing.co.uk/#a": {"url": "https://www.LANDING.co.uk:443/"},
                "http://127.0.0.1:8000/": {"url": "http://127.0.0.1:8000/a"},
                "http://localhost:3000/": {"url": "http://localhost:3000/a"},
                "https://checkout.stripe.com/c/pay/cs_live": {},
                "https://buy.stripe.com/x": {},
                "https://www.paypal.com/checkoutnow": {},
                "https://www.mercadopago.com.ar/checkout/v1": {},
                "https://www.mercadopago.com.mx/": {},
                "https://shop.app/pay": {},
                "https://pay.google.com/": {},
                "https://sis.redsys.es/": {},
                "android-app://com.paypal.android.p2pmobile/": {},
                "about:blank": {},
                "about:client": {},
                "file:///C:/index.html": {},
                "chrome-extension://abcdef/page.html": {},
                "data:text/html,x": {},
                "javascript:void(0)": {},
                "(direct)": {},
                "(not set)": {},
                "direct": {},
                "undefined": {},
                "-": {},
                "https://": {},
                "http:///x": {},
            }.items()
        },
    )
    assert lab.value("select count(*) from visits where referrer is not null") == 0


def test_c3_c4_other_referrers_and_lookalikes(lab: Lab) -> None:
    check_referrers(
        lab,
        {
            "http://203.0.113.7/page": "Referral",
            "http://[2001:db8::1]:80/page": "Referral",
            "http://localhost:8080/": "Referral",
            "http://intranet/": "Referral",
            "https://notgoogle.com/": "Referral",
            "https://google.com.evil.example/": "Referral",
            "https://google.attacker.example/": "Referral",
            "https://evil.example/?u=https://www.google.com/": "Referral",
            "https://evil.example/#@google.com": "Referral",
            "https://www.google.com@evil.example/": "Referral",
            "https://myshop.example/": "Referral",
            "https://shop.example.evil.test/": "Referral",
            "https://stripe.com/": "Referral",
            "https://dashboard.stripe.com/": "Referral",
            "https://someone.github.io/": "Referral",
            "https://docs.google.com/document/x": "Referral",
            "https://accounts.google.com/": "Referral",
            "android-app://com.unknown.app/": "Referral",
            "android-app://com.google.android.googlequicksearchbox/https/www.google.com": "Organic Search",
            "android-app://com.google.android.gm/": "Email",
            "android-app://com.facebook.katana/": "Organic Social",
            "android-app://com.linkedin.android": "Organic Social",
            "ANDROID-APP://com.Slack/": "Referral",
            "android-app://com.openai.chatgpt/": "Referral",
            "www.google.com": "Organic Search",
            "google.com/search?q=x": "Organic Search",
            "//www.bing.com/": "Organic Search",
            "https://WWW.Google.COM/": "Organic Search",
            "https://google.com./": "Organic Search",
            "https://www.google.com:443/": "Organic Search",
            "https://www.\uff47\uff4f\uff4f\uff47\uff4c\uff45.com/": "Organic Search",  # in full width letters
            "https://\ufe8d\ufe8e.example/": "Referral",  # Arabic, in the forms letters take
            "https://x\u00b2\u207f.example/": "Referral",
            "\u00b5\u00aa.example/": "Referral",
        },
    )
    assert dict(
        lab.rows(
            "select anonymous_id, referrer from visits"
            " where anonymous_id like 'android%' or anonymous_id like '%github%'"
        )
    ) == {
        "https://someone.github.io/": "someone.github.io",
        "android-app://com.unknown.app/": "com.unknown.app",
        "android-app://com.google.android.googlequicksearchbox/https/www.google.com": "google.com",
        "android-app://com.google.android.gm/": "google.com",
        "android-app://com.facebook.katana/": "facebook.com",
        "android-app://com.linkedin.android": "linkedin.com",
        "android-app://com.openai.chatgpt/": "chatgpt.com",
    }


#: Addresses met in practice. The first part are those of Snowplow's test set (github.com/snowplow-referer-parser/
#: referer-parser, resources/referer-tests.json, Apache 2.0), queries shortened; the second what networks, mail programs
#: and assistants send today, by their own pages and by the referrer logs people publish.
REAL_REFERRERS = {
    "http://www.google.fr/imgres?q=Ogham+the+celtic+oracle&hl=fr": "Organic Search",
    "http://it.images.search.yahoo.com/images/view;_ylt=A0PDodgQmGBQpn4AWQgdDQx": "Organic Search",
    "http://www.google.com/search": "Organic Search",
    "http://www.google.com/search?q=gateway+oracle+cards&hl=en&client=safari": "Organic Search",
    "http://es.search.yahoo.com/search;_ylt=A7x9QbwbZXxQ9EMAPCKT.Qt.?p=CARDS&ei=utf-8": "Organic Search",
    "http://www.bing.com/images/search?q=psychic+oracle+cards&view=detail": "Organic Search",
    "http://go.mail.ru/search?q=Gothic%20Tarot%20Cards&where=any": "Organic Search",
    "http://images.yandex.ru/yandsearch?text=Blue%20Angel&noreask=1": "Organic Search",
    "http://t.co/chrgFZDb": "Organic Social",
    "http://www.facebook.com/l.php?u=http%3A%2F%2Fwww.psychicbazaar.com&h=yAQHZtXxS": "Organic Social",
    "http://m.facebook.com/l.php?u=http%3A%2F%2Fwww.psychicbazaar.com%2Fblog": "Organic Social",
    "http://www.odnoklassniki.ru/dk?cmd=logExternal&st._aid=Conversations_Openlink": "Organic Social",
    "http://www.tumblr.com/dashboard": "Organic Social",
    "http://psychicbazaar.tumblr.com/": "Organic Social",
    "https://email.bluewin.ch": "Email",
    "https://deref-gmx.net/mail/client/I_fLA6cRr54/dereferrer/": "Email",
    "https://deref-web.de/mail/client/a6iXDy6UMao/dereferrer/": "Email",
    "http://co106w.col106.mail.live.com/default.aspx?rru=inbox": "Email",
    "https://deref-gmx.de": "Email",
    "https://deref-gmx.com": "Email",
    "https://email.ionos.es": "Email",
    "https://email.ionos.com": "Email",
    "http://www.pricerunner.co.uk/search?q=wild+wisdom": "Referral",
    # -- today's
    "https://www.google.es/": "Organic Search",
    "https://www.google.com.mx/": "Organic Search",
    "https://www.google.co.uk/": "Organic Search",
    "https://www.google.com.ar/url?sa=t": "Organic Search",
    "https://lens.google.com/": "Organic Search",
    "https://cn.bing.com/": "Organic Search",
    "https://search.yahoo.com/": "Organic Search",
    "https://r.search.yahoo.com/_ylt=x": "Organic Search",
    "https://search.yahoo.co.jp/": "Organic Search",
    "https://duckduckgo.com/": "Organic Search",
    "https://html.duckduckgo.com/html": "Organic Search",
    "https://www.ecosia.org/": "Organic Search",
    "https://www.startpage.com/": "Organic Search",
    "https://www.qwant.com/": "Organic Search",
    "https://search.brave.com/": "Organic Search",
    "https://yandex.ru/": "Organic Search",
    "https://yandex.com.tr/": "Organic Search",
    "https://www.baidu.com/link?url=x": "Organic Search",
    "https://m.baidu.com/": "Organic Search",
    "https://www.sogou.com/": "Organic Search",
    "https://search.naver.com/search.naver": "Organic Search",
    "https://search.seznam.cz/": "Organic Search",
    "https://kagi.com/": "Organic Search",
    "https://l.facebook.com/": "Organic Social",
    "https://lm.facebook.com/": "Organic Social",
    "https://m.facebook.com/": "Organic Social",
    "https://l.instagram.com/": "Organic Social",
    "https://www.instagram.com/": "Organic Social",
    "https://l.threads.com/": "Organic Social",
    "https://www.threads.net/": "Organic Social",
    "https://t.co/": "Organic Social",
    "https://x.com/": "Organic Social",
    "https://mobile.twitter.com/": "Organic Social",
    "https://www.linkedin.com/feed/": "Organic Social",
    "https://lnkd.in/abc": "Organic Social",
    "https://www.tiktok.com/": "Organic Social",
    "https://www.reddit.com/r/analytics/": "Organic Social",
    "https://old.reddit.com/": "Organic Social",
    "https://out.reddit.com/t3_x": "Organic Social",
    "https://www.pinterest.com/pin/1/": "Organic Social",
    "https://www.pinterest.es/": "Organic Social",
    "https://www.youtube.com/watch?v=x": "Organic Social",
    "https://m.youtube.com/": "Organic Social",
    "https://youtu.be/x": "Organic Social",
    "https://vk.com/away.php": "Organic Social",
    "https://www.snapchat.com/": "Organic Social",
    "https://www.quora.com/": "Organic Social",
    "https://news.ycombinator.com/item?id=1": "Organic Social",
    "https://bsky.app/": "Organic Social",
    "https://go.bsky.app/": "Organic Social",
    "https://mastodon.social/": "Organic Social",
    "https://web.whatsapp.com/": "Organic Social",
    "https://wa.me/34600000000": "Organic Social",
    "https://web.telegram.org/": "Organic Social",
    "https://mail.google.com/mail/u/0/": "Email",
    "https://outlook.live.com/mail/0/inbox": "Email",
    "https://outlook.office.com/": "Email",
    "https://outlook.office365.com/": "Email",
    "https://mail.yahoo.com/": "Email",
    "https://mail.proton.me/": "Email",
    "https://e.mail.ru/": "Email",
    "https://mail.yandex.ru/": "Email",
    "https://mail.aol.com/": "Email",
    "https://www.icloud.com/mail": "Email",
    "https://chatgpt.com/": "Referral",
    "https://chat.openai.com/": "Referral",
    "https://www.perplexity.ai/": "Referral",
    "https://claude.ai/": "Referral",
    "https://gemini.google.com/": "Referral",
    "https://copilot.microsoft.com/": "Referral",
    "https://linktr.ee/shop": "Referral",
    "https://medium.com/@x/y": "Referral",
    "https://github.com/x/y": "Referral",
    "https://en.wikipedia.org/wiki/X": "Referral",
    "https://www.trustpilot.com/review/shop": "Referral",
    "https://business.facebook.com/": "Referral",
    "https://news.google.com/": "Organic Search",
}


def test_c3_c4_real_referrers(lab: Lab) -> None:
    assert len(REAL_REFERRERS) >= 80
    check_referrers(lab, REAL_REFERRERS)


def test_tags_are_read_from_the_address(lab: Lab) -> None:
    def read(query: str, **fields: str) -> Event:
        return {"url": f"{SITE}{query}", **fields}

    cases: dict[str, tuple[Event, tuple[str | None, ...]]] = {
        "all five": (
            read("?utm_source=s&utm_medium=m&utm_campaign=c&utm_content=d&utm_term=t"),
            ("s", "m", "c", "d", "t"),
        ),
        "own field wins": (read("?utm_source=s&utm_medium=m", utm_source="own"), ("own", "m", None, None, None)),
        "empty own field": (read("?utm_source=s", utm_source=" "), ("s", None, None, None, None)),
        "percent": (read("?utm_campaign=caf%C3%A9%20%26%20t%C3%A9"), (None, None, "café & té", None, None)),
        "plus": (read("?utm_campaign=spring+sale&utm_source=a%2Bb"), ("a+b", None, "spring sale", None, None)),
        "malformed percent": (read("?utm_campaign=50%+off%20now%ZZ"), (None, None, "50% off now%ZZ", None, None)),
        "percent at the end": (read("?utm_campaign=100%"), (None, None, "100%", None, None)),
        "no UTF-8": (read("?utm_campaign=promoci%F3n"), (None, None, "promoci%F3n", None, None)),
        "decoded once": (read("?utm_campaign=a%2520b"), (None, None, "a%20b", None, None)),
        "empty": (read("?utm_source=&utm_medium=m"), (None, "m", None, None, None)),
        "blank": (read("?utm_source=+%20&utm_medium=m"), (None, "m", None, None, None)),
        "without equals": (read("?utm_source&utm_medium=m"), (None, "m", None, None, None)),
        "before a fragment": (read("?utm_source=s#top"), ("s", None, None, None, None)),
        "in the fragment of a page that routes by it": (
            read("#/offer?utm_source=s&a=1"),
            ("s", None, None, None, None),
        ),
        "as the fragment": (read("#utm_source=s"), ("s", None, None, None, None)),
        "query before fragment": (read("?utm_source=q#/offer?utm_source=f"), ("q", None, None, None, None)),
        "repeated: the first counts": (read("?utm_source=a&utm_source=b"), ("a", None, None, None, None)),
        "repeated: the first that says something": (read("?utm_source=&utm_source=b"), ("b", None, None, None, None)),
        "names in capitals": (read("?UTM_SOURCE=Mail&Utm_Medium=Email"), ("Mail", "Email", None, None, None)),
        "as mail programs write": (read("?utm_source=s&amp;utm_medium=m"), ("s", "m", None, None, None)),
        "a name that only ends like it": (read("?my_utm_source=s"), (None,) * 5),
        "inside another parameter": (read("?next=https://x.example/?utm_source=s&a=1"), (None,) * 5),
        "encoded inside another parameter": (read("?next=%2F%3Futm_source%3Ds"), (None,) * 5),
        "value with an equals sign": (read("?utm_content=a=b"), (None, None, None, "a=b", None)),
        "the word null": (read("?utm_source=null"), (None,) * 5),
    }
    load(lab, {name: fields for name, (fields, _) in cases.items()})
    found = lab.rows("select anonymous_id, source, medium, campaign, content, term from visits")
    assert {name: tuple(values) for name, *values in found} == {name: values for name, (_, values) in cases.items()}


def test_paths_are_read_from_the_address(lab: Lab) -> None:
    cases: dict[str, tuple[Event, str | None]] = {
        "path": ({"url": "https://shop.example/a/b?c=d#e"}, "/a/b"),
        "own field wins": ({"url": "https://shop.example/a", "path": "/own"}, "/own"),
        "no path": ({"url": "https://shop.example"}, "/"),
        "no path but a query": ({"url": "https://shop.example?a=/b"}, "/"),
        "no scheme": ({"url": "shop.example/a?b"}, "/a"),
        "scheme-relative": ({"url": "//shop.example/a"}, "/a"),
        "path alone": ({"url": "/a?b=c"}, "/a"),
        "a URL in the query": ({"url": "/a?next=https://x.example/b"}, "/a"),
        "nothing known": ({"url": None}, None),
    }
    load(lab, {name: fields for name, (fields, _) in cases.items()})
    assert dict(lab.rows("select anonymous_id, entry_page from visits")) == {
        name: path for name, (_, path) in cases.items()
    }


def test_c1_the_profiles_own_rules_come_first(lab: Lab) -> None:
    def when(channel: str, *conditions: tuple[str, str, str]) -> ChannelRule:
        return ChannelRule(channel, tuple(Condition(*condition) for condition in conditions))

    lab.change(
        channel_rules=(
            when("Affiliate", ("source", "is", "Partner"), ("medium", "contains", "DEAL")),
            when("Display", ("source", "is", "partner")),
            when("Email", ("click_id", "is", "gclid"), ("campaign", "contains", "newsletter")),
            when("Organic Social", ("referrer", "is", "forum.example")),
            when("Organic Search", ("entry_page", "contains", "/answers/"), ("medium", "is_not", "cpc")),
            when("Referral", ("content", "is", "x"), ("term", "is_not", "y"), ("campaign", "not_contains", "z")),
        )
    )
    check(
        lab,
        {
            "first rule, in any case": ({"utm_source": "PARTNER", "utm_medium": "big-deal"}, "Affiliate"),
            "a condition fails: the next rule": ({"utm_source": "partner", "utm_medium": "email"}, "Display"),
            "an absent value contains nothing": ({"utm_source": "partner"}, "Display"),
            "is means the whole value": ({"utm_source": "partner2", "utm_medium": "email"}, "Email"),
            "a rule beats a click id": ({"gclid": "x", "utm_campaign": "May Newsletter"}, "Email"),
            "a rule beats a click id by its source": ({"gclid": "x", "utm_source": "partner"}, "Display"),
            "no rule: the click id": ({"gclid": "x", "utm_campaign": "May"}, "Paid Search"),
            "referrer is the registrable domain": ({"referrer": "https://www.forum.example/t/1"}, "Organic Social"),
            "is_not holds on an absent value": ({"url": f"{SITE}answers/1"}, "Organic Search"),
            "is_not holds on another value": ({"url": f"{SITE}answers/1?utm_medium=email"}, "Organic Search"),
            "is_not fails": ({"url": f"{SITE}answers/1?utm_medium=CPC&utm_source=google"}, "Paid Search"),
            "absent values satisfy is_not and not_contains": (
                {"utm_content": "X", "utm_medium": "email", "utm_source": "mail"},
                "Referral",
            ),
            "is_not fails on its value": ({"utm_content": "x", "utm_term": "Y", "utm_medium": "email"}, "Email"),
            "not_contains fails": ({"utm_content": "x", "utm_campaign": "aZb", "utm_medium": "email"}, "Email"),
            "nothing": ({}, "Direct"),
        },
    )
    lab.change(channel_rules=tuple(reversed(lab.profile.settings.channel_rules)))
    lab.rebuild()
    assert channels(lab)["first rule, in any case"] == "Display"


def test_channels_of_touches_and_of_conversions_follow_the_same_rules(lab: Lab) -> None:
    touches: dict[str, tuple[dict[str, str], str]] = {
        "told": ({"channel": "Affiliate", "source": "google", "medium": "cpc"}, "Affiliate"),
        "tags": ({"source": "Google", "medium": "CPC"}, "Paid Search"),
        "address": ({"url": f"{SITE}?utm_source=facebook&utm_medium=paid"}, "Paid Social"),
        "click id": ({"url": f"{SITE}?gclid=x", "medium": "email"}, "Paid Search"),
        "campaign alone": ({"campaign": "x"}, "Referral"),
        "nothing": ({}, "Direct"),
    }
    lab.touches(*({"person": name, "time": "2026-05-04T10:00:00Z", **fields} for name, (fields, _) in touches.items()))
    lab.rebuild()
    assert dict(
        lab.rows(
            "select i.value, t.channel from touches t join identifiers i using (person_id) where i.kind = 'user_id'"
        )
    ) == {name: channel for name, (_, channel) in touches.items()}
