"""Providers: one file each. They speak to the network and hand over batches; they know no storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors import stripe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.base import Provider

PROVIDERS: Mapping[str, Provider] = {provider.key: provider for provider in (stripe.PROVIDER,)}
