"""Alembic migrations of the wallet file; run by `ledger_recovery.wallet.migrate`, never by the alembic command."""
