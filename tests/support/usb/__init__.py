"""A virtual USB bus (umockdev) for tests with the real, compiled hidapi; see bus.py, client.py and bench.py."""
