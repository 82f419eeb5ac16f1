"""Tests of ledger_recovery.derive."""
