"""Tests of the chain package: pure parts by value, the client on scripted connections and real loopback sockets."""
