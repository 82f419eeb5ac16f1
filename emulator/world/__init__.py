"""Worlds: files that say what is on the chain, the state made from them, and what a recovery must find."""
