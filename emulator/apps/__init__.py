"""The apps an emulated device can run: pure functions from an APDU to an outcome.

Shares no code with the driver in `ledger_recovery`; the two meet on sockets only.
"""
