"""Hostile clients of an Identity Box, in process: what the OpenAPI document allows and forbids, signed and unsigned."""
