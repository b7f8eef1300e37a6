"""Providers: one file each. They speak to the network and hand over batches; they know no storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors import (
    collector,
    exchange_rates,
    gohighlevel,
    google_ads,
    mercadopago,
    meta,
    search_console,
    shopify,
    stripe,
    x_ads,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.base import Provider

PROVIDERS: Mapping[str, Provider] = {
    provider.key: provider
    for provider in (
        collector.PROVIDER,
        exchange_rates.PROVIDER,
        gohighlevel.PROVIDER,
        google_ads.PROVIDER,
        mercadopago.PROVIDER,
        meta.PROVIDER,
        search_console.PROVIDER,
        shopify.PROVIDER,
        stripe.PROVIDER,
        x_ads.PROVIDER,
    )
}
