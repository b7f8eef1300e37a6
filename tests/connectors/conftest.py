"""Cases of the matrices of faults."""

from __future__ import annotations

from tests.connectors.faults import parametrized as pytest_generate_tests

__all__ = ["pytest_generate_tests"]
