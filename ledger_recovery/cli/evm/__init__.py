"""The EVM family on the command line: its options, words, tables, and what its runs end with."""
