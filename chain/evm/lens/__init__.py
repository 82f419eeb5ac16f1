"""[pure] Programs for `eth_call` without a recipient: one call answers for hundreds of addresses."""
