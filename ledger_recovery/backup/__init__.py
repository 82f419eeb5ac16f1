"""Automatic encrypted backups: words, keys, bundles, and what talks to the Identity Box that keeps them."""
