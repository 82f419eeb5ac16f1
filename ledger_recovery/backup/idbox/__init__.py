"""Reads backups of the original Identity Box, so that its people can move; writes none.

Map: `words` (24 words with a SHA-512 checksum), `sealed` (secretbox) and `diagnose` (why it did not open), `content`
(what is inside), `box_keys` (the Box's PEM files), `folder` (from disk), `opening` (all of it), `rows` (into ours).
"""
