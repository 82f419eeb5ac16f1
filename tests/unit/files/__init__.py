"""Tests of ledger_recovery.wallet."""
