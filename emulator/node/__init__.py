"""A double of a Concordium node: real gRPC over a loopback socket, a world's state, switchable faults."""
