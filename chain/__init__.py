"""Clients of the chains. One question, "which of these handles exist at one finalized block?", and three answers.

Imports nothing of ledger_recovery; `chain.connect.open_chain` is the way in.
"""
