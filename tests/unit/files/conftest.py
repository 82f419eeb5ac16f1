"""The fixtures of the wallet tests (`store`, `wallet_path`, `empty_wallet`), for what is imported into a wallet."""

from __future__ import annotations

from tests.unit.wallet.conftest import _empty_wallet, _store, _wallet_path

__all__ = ["_empty_wallet", "_store", "_wallet_path"]
