"""[pure] From the words of the search options to a ScanPolicy; says which option is wrong and how to write it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ledger_recovery.errors import InputError
from ledger_recovery.recover.policy import Mode, ScanPolicy

_RANGE = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?")


def parse_range(text: str) -> tuple[int, int]:
    """ "0-9" or "4".

    :raises InputError: another form, or the wrong way round.
    """
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise InputError(f'--identities: "{text}" is not a range', "write 0-9, or 4 for a single index")
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise InputError(f'--identities: "{text}" is the wrong way round', f"write {last}-{first}")
    return first, last


def policy(
    *,
    identities: str | None,
    stop_after_empty: int | None,
    providers: Sequence[int],
    legacy: bool,
    mode: str,
    deep: bool,
) -> ScanPolicy:
    """The policy of a run.

    :raises InputError: options that do not fit together, or numbers out of range.
    """
    if identities is not None and stop_after_empty is not None:
        raise InputError("--identities and --stop-after-empty exclude each other", "give one of the two")
    first, last = (0, None) if identities is None else parse_range(identities)
    try:
        return ScanPolicy(
            first=first,
            last=last,
            stop_after_empty=stop_after_empty,
            legacy=legacy,
            providers=tuple(providers),
            mode=Mode(mode),
            deep=deep,
        )
    except ValueError as error:
        raise InputError(str(error), "see: ledger-recovery recover --help") from None


def require_an_end(given: ScanPolicy, *, interactive: bool) -> None:
    """:raises InputError: nobody is there to say when to stop, and no option says it either."""
    if interactive or given.last is not None or given.stop_after_empty is not None:
        return
    raise InputError(
        "there is no terminal to ask when to stop the search",
        "say how far to search: --identities 0-9, or --stop-after-empty 3",
    )
