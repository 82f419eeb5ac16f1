"""One module a section of the bench; each has NAME, TITLE and `measure(effort) -> Outcome`."""
