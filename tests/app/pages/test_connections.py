"""Connections in the window, against a provider on a port of this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from app import syncing
from app.connect_dialog import ConnectDialog
from app.credentials import Credentials, vault
from app.pages.connections import Connections
from connectors import PROVIDERS
from tests.connectors.server import served
from tests.connectors.stripe_fake import FakeStripe

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    return [label.text() for label in card.findChildren(QLabel) if label.text()]


def press(desk: Desk, card: ConnectionCard) -> None:
    desk.qtbot.mouseClick(card.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)


def test_every_provider_is_offered(page: Connections) -> None:
    for key, provider in PROVIDERS.items():
        assert provider.name in texts(card(page, key))
        assert "Not connected" in texts(card(page, key))


def test_connect_check_sync_pause_and_disconnect(desk: Desk, page: Connections) -> None:
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
    desk.wait(lambda: bool(context.profile.connections()))
    desk.wait(lambda: "Stripe" in page._cards and "Fresh" in texts(card(page, "Stripe")))  # pyright: ignore[reportPrivateUsage]
    desk.wait()
    assert round(context.profile.headline().cash - before, 2) == 40 * 50
    log = page.table.visible_frame()
    assert set(log["result"]) == {"Done"}
    assert log.head(7)["rows_new"].sum() == 160  # of its seven streams, before those of the demo

    page._act("Stripe", "pause")  # pyright: ignore[reportPrivateUsage]
    desk.wait(lambda: "Paused" in texts(card(page, "Stripe")))
    connection = context.profile.connection("Stripe")
    page.disconnect_(connection, keep_data=False)
    desk.wait(lambda: "stripe" in page._cards)  # pyright: ignore[reportPrivateUsage]
    assert vault().get(f"{connection.settings['secret_id']}:api_key") is None


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
    page.sync(["Shop"])
    desk.wait(lambda: "Signed out" in texts(card(page, "Shop")))
    assert any("does not accept the login" in text for text in texts(card(page, "Shop")))
    press(desk, card(page, "Shop"))
    assert page.findChildren(ConnectDialog)[0].name.text() == "Shop"
    assert SECRET not in "".join(text for each in page.findChildren(QLabel) for text in [each.text(), each.toolTip()])
