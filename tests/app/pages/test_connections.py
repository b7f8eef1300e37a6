"""Connections in the window, against a provider on a port of this machine."""

from __future__ import annotations

import http.client
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QLabel, QPushButton

from app import syncing
from app.connect_dialog import ConnectDialog
from app.credentials import Credentials, vault
from app.pages.connections import Connections
from connectors import PROVIDERS
from tests.app.conftest import NOW
from tests.connectors.harness import reply
from tests.connectors.server import served
from tests.connectors.stripe_fake import FakeStripe
from widgets.clamped import Clamped

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.app.conftest import Desk
    from widgets.connection_card import ConnectionCard

SECRET = "rk_test_window_secret"


@pytest.fixture
def fake() -> FakeStripe:
    made = FakeStripe(SECRET)
    start = int(datetime(2026, 6, 2, 1, tzinfo=UTC).timestamp())
    for number in range(40):
        made.pay(number, start + 40_000 * number)
    return made


@pytest.fixture
def page(desk: Desk, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connections]:
    monkeypatch.setenv("ATTRIBENCH_PASSPHRASE", "correct horse")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(desk.folder / "config"))
    context = desk.window.context
    assert context is not None
    for each in context.profile.connections():  # the demo's own
        syncing.disconnect(context.profile, Credentials(vault()), each, keep_data=True)
    with served(fake) as address:
        monkeypatch.setattr("connectors.stripe._BASE", address)
        found = desk.open("connections")
        assert isinstance(found, Connections)
        yield found


def card(page: Connections, key: str) -> ConnectionCard:
    return page._cards[key]  # pyright: ignore[reportPrivateUsage]


def texts(card: ConnectionCard) -> list[str]:
    shown = [*card.findChildren(QLabel), *card.findChildren(Clamped)]
    return [each.text() for each in shown if each.text()]


def press(desk: Desk, card: ConnectionCard) -> None:
    desk.qtbot.mouseClick(card.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)


def test_every_provider_is_offered(page: Connections) -> None:
    for key, provider in PROVIDERS.items():
        assert provider.name in texts(card(page, key))
        assert "Not connected" in texts(card(page, key))


def test_connect_check_sync_pause_and_disconnect(desk: Desk, page: Connections, monkeypatch: Any) -> None:
    context = desk.window.context
    assert context is not None
    before = context.profile.headline().cash
    press(desk, card(page, "stripe"))
    (dialog,) = page.findChildren(ConnectDialog)
    dialog.fields["api_key"].setText("rk_test_wrong")
    dialog.go.click()
    desk.wait()
    assert "does not accept the login" in dialog.told.text()
    assert "rk_test_wrong" not in dialog.told.text()
    assert context.profile.connections() == []
    dialog.fields["api_key"].setText(SECRET)
    dialog.go.click()
    desk.wait(lambda: "Stripe" in page._cards and "Fresh" in texts(card(page, "Stripe")))  # pyright: ignore[reportPrivateUsage]
    desk.wait()
    assert round(context.profile.headline().cash - before, 2) == 40 * 50
    log = page.table.visible_frame()
    assert set(log["result"]) == {"Done"}
    assert log.head(7)["rows_new"].sum() == 160  # of its seven streams, before those of the demo

    quiet = card(page, "Stripe")
    shown = quiet._view  # pyright: ignore[reportPrivateUsage]
    assert shown is not None
    low = quiet.height()
    quiet.set_view(replace(shown, fraction=0.4, action="Stop", text="A sentence about what is being fetched now."))
    desk.qtbot.waitUntil(lambda: low < quiet.minimumSizeHint().height() <= quiet.height())  # nothing of it is cut

    page._act("Stripe", "pause")  # pyright: ignore[reportPrivateUsage]
    desk.wait(lambda: "Paused" in texts(card(page, "Stripe")))
    connection = context.profile.connection("Stripe")
    secret = f"{connection.settings['secret_id']}:api_key"
    page.disconnect_(connection, keep_data=True)
    desk.wait(lambda: "stripe" in page._cards)  # pyright: ignore[reportPrivateUsage]
    assert vault().get(secret) is None
    assert round(context.profile.headline().cash - before, 2) == 40 * 50
    page._connect_again(connection, {"api_key": SECRET})  # pyright: ignore[reportPrivateUsage]
    desk.wait(lambda: "Stripe" in page._cards)  # pyright: ignore[reportPrivateUsage]
    assert vault().get(secret) == SECRET
    page.disconnect_(context.profile.connection("Stripe"), keep_data=False)
    desk.wait(lambda: "stripe" in page._cards)  # pyright: ignore[reportPrivateUsage]
    desk.wait()
    assert vault().get(secret) is None
    assert context.profile.headline().cash == before


def test_earlier_history_is_fetched_when_it_is_asked_for(desk: Desk, page: Connections, fake: FakeStripe) -> None:
    context = desk.window.context
    assert context is not None
    settings: dict[str, Any] = {"since": "2026-06-10"}
    made = syncing.connect(context.profile, Credentials(vault()), "stripe", "Shop", settings, {"api_key": SECRET})
    context.syncs.read()
    page.refresh()
    desk.wait()
    page.sync(["Shop"])
    desk.wait(lambda: "Fresh" in texts(card(page, "Shop")))
    desk.wait()
    first = context.profile.connection_rows()[made.connection_id]
    assert first < 160
    dialog = page.open_backfill(context.profile.connection("Shop"))
    assert not dialog.go.isEnabled()
    dialog.day.setDate(QDate(2026, 6, 1))
    assert "9 more days are fetched" in dialog.told.text()
    dialog.go.click()
    desk.wait(lambda: context.profile.connection_rows()[made.connection_id] == 160)
    assert context.profile.connection("Shop").settings["since"] == "2026-06-01"


def test_syncs_begin_by_themselves_one_at_a_time_and_failures_are_a_badge(
    desk: Desk, page: Connections, fake: FakeStripe
) -> None:
    context, window = desk.window.context, desk.window
    assert context is not None
    syncing.connect(
        context.profile, Credentials(vault()), "stripe", "Shop", {"since": "2026-06-01"}, {"api_key": SECRET}
    )
    now = [NOW]
    context.workspace._clock = lambda: now[0]  # pyright: ignore[reportPrivateUsage]
    syncs = context.syncs
    syncs.clock = lambda: now[0]
    syncs.read()
    desk.wait()

    def begun() -> int:
        runs = context.profile.sync_runs()
        return runs.filter(runs["name"] == "Shop")["started_at"].n_unique()

    assert begun() == 0  # nothing begins unless it was asked for
    page.set_every(60)
    desk.wait(lambda: begun() == 1 and not syncs.is_running(context.profile))
    desk.wait()
    assert syncs.standing(context.profile).next_at == NOW + timedelta(hours=1)
    assert page.hint.text().startswith("Next sync at")
    for minutes, is_due in ((59, False), (60, True)):
        now[0] = NOW + timedelta(minutes=minutes)
        fake.key = "another"  # the key was taken back
        syncs.look_whether_due()
        assert syncs.is_running(context.profile) is is_due
        syncs.look_whether_due()  # a second look begins nothing more
        assert not is_due or not syncs.start(context.profile)
        desk.wait(lambda: not syncs.is_running(context.profile))
        desk.wait()
    assert begun() == 2
    assert syncs.standing(context.profile).failing == ("Shop",)
    assert window.sidebar._items["connections"]._badge == "1"  # pyright: ignore[reportPrivateUsage]
    assert window.failures == []  # a badge, nothing that pops up
    desk.wait(lambda: "Signed out" in texts(card(page, "Shop")))
    now[0] += timedelta(minutes=30)
    syncs.look_whether_due()
    assert not syncs.is_running(context.profile)


def test_the_demo_s_own_connections_sync_without_a_login_and_bring_nothing(desk: Desk) -> None:
    page = desk.open("connections")
    assert isinstance(page, Connections)
    shown = texts(card(page, "Stripe"))
    assert {"Demo", "Fresh"} <= set(shown)
    context = desk.window.context
    assert context is not None
    before, runs = context.profile.headline(), context.profile.sync_runs().height
    page.sync([])
    desk.wait(lambda: context.profile.sync_runs().height == runs + 9)
    desk.wait()
    assert context.profile.headline() == before
    log = page.table.visible_frame().head(9)
    assert set(log["result"]) == {"Done"}
    assert log["rows_new"].sum() == 0
    assert "Fresh" in texts(card(page, "Stripe"))


def test_a_login_that_ended_says_so_and_offers_to_reconnect(desk: Desk, page: Connections, fake: FakeStripe) -> None:
    context = desk.window.context
    assert context is not None
    settings: dict[str, Any] = {"since": "2026-06-01"}
    syncing.connect(context.profile, Credentials(vault()), "stripe", "Shop", settings, {"api_key": SECRET})
    fake.key = "another"
    page.refresh()
    desk.wait()
    desk.window.open_page("dashboard")
    page.sync(["Shop"])
    desk.window.open_page("connections")  # it runs on while another page is looked at
    desk.wait(lambda: "Signed out" in texts(card(page, "Shop")))
    assert any("does not accept the login" in text for text in texts(card(page, "Shop")))
    press(desk, card(page, "Shop"))
    assert page.findChildren(ConnectDialog)[0].name.text() == "Shop"
    assert SECRET not in "".join(text for each in page.findChildren(QLabel) for text in [each.text(), each.toolTip()])


class Google:
    """Search Console with its login, and a browser that says yes."""

    def __init__(self) -> None:
        self.sites = [f"https://shop{number}.example/" for number in range(12)]
        self.answer: dict[str, str] = {"code": "code-secret"}
        self.opened: list[str] = []
        self.pages: list[str] = []
        self.browser: threading.Thread | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return reply({"access_token": "access-secret", "refresh_token": "refresh-secret", "expires_in": 3599})
        return reply({"siteEntry": [{"siteUrl": site, "permissionLevel": "siteOwner"} for site in self.sites]})

    def open(self, url: str) -> bool:
        self.opened.append(url)
        asked = dict(parse_qsl(urlsplit(url).query))
        target = urlsplit(asked["redirect_uri"])

        def come_back() -> None:
            connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=10)
            connection.request("GET", f"/?{urlencode({**self.answer, 'state': asked['state']})}")
            self.pages.append(connection.getresponse().read().decode())
            connection.close()

        if self.answer:
            self.browser = threading.Thread(target=come_back)
            self.browser.start()
        return True


def test_signing_in_with_the_browser(desk: Desk, page: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    context, google = desk.window.context, Google()
    assert context is not None
    monkeypatch.setattr("app.connect_dialog.open_in_browser", google.open)
    with served(google) as address:
        monkeypatch.setattr("connectors.google.TOKEN_URL", f"{address}/token")
        monkeypatch.setattr("connectors.search_console._BASE", address)
        dialog = page.open_connect("search_console")
        assert dialog.form.way == "browser"
        assert not dialog.fields["refresh_token"].isVisibleTo(dialog)
        dialog.fields["client_id"].setText("id-1")
        dialog.fields["client_secret"].setText("client-secret")

        google.answer = {}  # nobody answers, and it is cancelled
        dialog.go.click()
        desk.qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
        assert "left" in dialog.left.text()
        dialog.cancel.click()
        desk.wait()
        assert dialog.steps.currentIndex() == 0
        assert "cancelled" in dialog.told.text()

        google.answer = {"error": "access_denied"}
        dialog.go.click()
        desk.wait(
            lambda: "access_denied" in dialog.told.text() and len(google.pages) == 1
        )  # the browser has its answer
        assert "Not signed in" in google.pages[-1]
        assert context.profile.connections() == []

        google.answer = {"code": "code-secret"}
        dialog.go.click()
        desk.wait(lambda: dialog.steps.currentIndex() == 2 and len(google.pages) == 2)
        assert "Signed in" in google.pages[-1]
        assert dialog.go.text() == "Fetch 12 accounts"
        desk.qtbot.mouseClick(dialog.accounts.none, Qt.MouseButton.LeftButton)
        assert not dialog.go.isEnabled()
        dialog.accounts.search.setText("shop1")
        dialog.accounts.search.search_now()
        desk.qtbot.mouseClick(dialog.accounts.all, Qt.MouseButton.LeftButton)
        assert dialog.accounts.count.text() == "3 of 12 chosen"  # 1, 10 and 11
        dialog.accounts.list.setCurrentRow(1)
        desk.qtbot.keyClick(dialog.accounts.list, Qt.Key.Key_Space)
        assert dialog.go.text() == "Fetch 2 accounts"
        dialog.go.click()
        desk.wait(lambda: bool(context.profile.connections()))
        desk.wait(lambda: not context.syncs.is_running(context.profile))
    (made,) = context.profile.connections()
    assert made.settings["accounts"] == "https://shop10.example/,https://shop11.example/"
    assert vault().get(f"{made.settings['secret_id']}:refresh_token") == "refresh-secret"
    assert google.browser is not None
    google.browser.join()
    shown = "".join(each.text() + each.toolTip() for each in page.findChildren(QLabel))
    assert "secret" not in shown.replace("Secrets", "")
