"""Running to the end gives the result as it is, without looking at it."""

from __future__ import annotations

from ledger_recovery.cli.running import run_to_end


class Large:
    """Stands for a result whose text would take long to write."""

    def __init__(self) -> None:
        self.written = 0

    def __repr__(self) -> str:
        self.written += 1
        return "large"


def test_a_result_is_given_back_and_never_written_out() -> None:
    large = Large()

    async def work() -> Large:
        return large

    assert run_to_end(work()) is large
    assert large.written == 0
