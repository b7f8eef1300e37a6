"""Providers, played on this machine: they speak the providers' formats, keep state, page, limit and fail.

The demo is fetched from them through the real connectors; the connectors' tests put faults in front of them.
"""
