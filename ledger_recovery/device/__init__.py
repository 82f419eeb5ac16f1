"""The driver layer: from bytes on a wire to one conversation with one app of one Ledger."""
