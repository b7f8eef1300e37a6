"""Currencies: which exist and how many decimals they have (DOMAIN T2)."""

from __future__ import annotations

from functools import cache

from babel.numbers import get_currency_precision, list_currencies


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes, upper case."""
    return frozenset(list_currencies())


def is_currency(code: str) -> bool:
    """Whether ``code`` is an ISO 4217 code (upper case)."""
    return code in currencies()


def decimals(code: str) -> int:
    """Minor-unit digits of a currency: JPY 0, USD 2, KWD 3 (ISO 4217 through CLDR)."""
    return get_currency_precision(code)
