"""Wallet files: the export formats of Concordium's wallets and our own, read and written."""
