"""[pure] From a PRF key seed to credential IDs and account addresses; names of the key families."""
