"""[pure] The EVM family's recovery: which accounts to ask for, what the answers mean, how complete the search was."""
