"""Amounts as providers tell them: integers in a currency's smallest unit, turned into decimal text once, here.

Sources: Stripe's list of currencies (zero-decimal and special cases), read 22 November 2026.
"""

from __future__ import annotations

from decimal import Decimal

# ISK and UGX are told in hundredths although they have none.
_WHOLE = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())  # noqa: SIM905
_THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def from_minor(amount: int, currency: str) -> str:
    """An amount in Stripe's smallest unit as decimal text in the currency."""
    code = currency.upper()
    digits = 0 if code in _WHOLE else 3 if code in _THOUSANDTHS else 2
    return str(Decimal(amount).scaleb(-digits))


def from_micros(micros: int | str) -> str:
    """An amount in millionths as decimal text."""
    return str(Decimal(int(micros)).scaleb(-6))
