"""What may be told of a defect of our own: not its text, which nobody checked for secrets."""

from __future__ import annotations

from pathlib import Path


def kind_of(error: BaseException) -> str:
    """The class of an error and where it arose: "ValueError at grid.py line 20"."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return f"{type(error).__name__} at an unknown place"
    return f"{type(error).__name__} at {Path(trace.tb_frame.f_code.co_filename).name} line {trace.tb_lineno}"
