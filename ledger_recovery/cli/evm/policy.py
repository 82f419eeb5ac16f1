"""[pure] From the words of the search options to an EvmPolicy; says which option is wrong and how to write it."""

from __future__ import annotations

from collections.abc import Sequence

from ledger_recovery.derive.evm.address import parse_address
from ledger_recovery.derive.evm.schemes import STANDARD, Scheme, custom
from ledger_recovery.errors import InputError
from ledger_recovery.recover.evm.policy import CAP, DUST_REACH, GAP, EvmPolicy

MAX_OWNERS = 3
_NAMES = {scheme.name: scheme for scheme in STANDARD}


def policy(
    *,
    gap: int | None = None,
    max_index: int | None = None,
    scheme: Sequence[str] = (),
    path: Sequence[str] = (),
    find: str | None = None,
    owner: Sequence[str] = (),
    smart_accounts: bool = True,
) -> EvmPolicy:
    """The policy of a run. Without `scheme` all standard ones are searched, and those of `path` as well.

    :raises InputError: options that do not fit together, numbers out of range, or a mistyped address.
    """
    if len(owner) > MAX_OWNERS:
        raise InputError(f"--owner was given {len(owner)} times", f"every order is tried: give {MAX_OWNERS} at most")
    if owner and not smart_accounts:
        raise InputError("--owner and --no-smart-accounts exclude each other", "give one of the two")
    gap = GAP if gap is None else gap
    try:
        return EvmPolicy(
            schemes=(*_schemes(scheme), *(custom(template) for template in path)),
            gap=gap,
            cap=max(CAP, gap) if max_index is None else max_index,
            dust_reach=max(DUST_REACH, gap),
            smart_accounts=smart_accounts,
            co_owners=tuple(parse_address(text) for text in owner),
            find=None if find is None else parse_address(find),
        )
    except ValueError as error:
        raise InputError(str(error), "see: ledger-recovery recover --help") from None


def _schemes(names: Sequence[str]) -> tuple[Scheme, ...]:
    unknown = next((name for name in names if name not in _NAMES), None)
    if unknown is not None:
        raise InputError(f'--scheme cannot be "{unknown}"', f"choose {', '.join(_NAMES)}; others go with --path")
    return tuple(_NAMES[name] for name in dict.fromkeys(names)) or STANDARD
