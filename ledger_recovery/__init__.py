"""ledger-recovery: find every account that a Ledger's credentials can reach, and prove how complete the search was."""

__version__ = "0.1.0"
