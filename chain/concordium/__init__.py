"""Concordium: a gRPC v2 client over our own minimal .proto, and the account type it answers with."""
