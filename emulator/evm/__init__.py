"""A double of an EVM node: accounts from a file, blocks by name, and a machine that really runs what a call sends."""
