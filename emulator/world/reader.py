"""World files (TOML) to `model.World`. Checks form only; `validate` checks that the parts fit together."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from emulator.world import derivation
from emulator.world.model import (
    Account,
    Blocks,
    Cooldown,
    Credential,
    CredentialKind,
    Foreign,
    Identity,
    Network,
    Own,
    PathFamily,
    Provider,
    Release,
    Stake,
    Wallet,
    World,
    WorldError,
    YearMonth,
)
from emulator.world.table import Table, TableError, parse_hex

FORMAT_VERSION = 1
MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_FILLER_ACCOUNTS = 1_000_000

_U31 = 2**31
_U32 = 2**32
_FAMILIES = {family.value: family for family in PathFamily}
_KINDS = {kind.value: kind for kind in CredentialKind}
_KNOWN_NETWORKS = {
    "mainnet": (
        "9dd9ca4d19e9393877d2c44b70f89acbfc0883c2243e5eeaecc0d1cd0503f478",
        "Concordium Mainnet Genesis Version 1",
        Provider(1, "Notabene"),
    ),
    "testnet": (
        "4221332d34e1694168c2a0c0b3fd0f273809612cb13d000d5c2e00e85f50f796",
        "Concordium Testnet Version 5",
        Provider(0, "Concordium testnet IP"),
    ),
}
_ISSUED = YearMonth(2021, 12)
_EXPIRES = YearMonth(2026, 12)


def read_file(path: Path) -> World:
    """Read a world file; WorldError says what is wrong and where."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise WorldError(f"cannot read the world file {path}: {error.strerror}") from error
    if len(content) > MAX_FILE_BYTES:
        raise WorldError(f"the world file {path} is larger than {MAX_FILE_BYTES} bytes")
    try:
        return read_text(content.decode(), path.stem)
    except UnicodeDecodeError as error:
        raise WorldError(f"the world file {path} is not UTF-8: {error}") from error
    except WorldError as error:
        raise WorldError(f"{path}: {error}") from error


def read_text(text: str, name: str) -> World:
    """Read the text of a world file; `name` is used if the file gives none."""
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorldError(f"not valid TOML: {error}") from error
    try:
        return _world(Table(values, ""), name)
    except TableError as error:
        raise WorldError(str(error)) from error


def _world(root: Table, name: str) -> World:
    version = root.integer("version")
    if version != FORMAT_VERSION:
        raise root.fail("version", f"is {version}; this program reads version {FORMAT_VERSION}")
    network = _network(root.table("network"))
    world = World(
        name=root.text("name", name),
        summary=root.text("summary", ""),
        network=network,
        blocks=_blocks(root.table("blocks")),
        wallets=tuple(_wallet(table) for table in root.tables("wallets")),
        providers=_providers(root, network),
        identities=tuple(_identity(table) for table in root.tables("identities")),
        accounts=tuple(_account(table) for table in root.tables("accounts")),
        filler_accounts=root.integer("filler_accounts", 0, high=MAX_FILLER_ACCOUNTS + 1),
    )
    root.done()
    return world


def _network(table: Table) -> Network:
    name = table.text("name")
    if name in _KNOWN_NETWORKS:
        genesis, genesis_string = bytes.fromhex(_KNOWN_NETWORKS[name][0]), _KNOWN_NETWORKS[name][1]
    else:
        genesis = hashlib.sha256(b"emulator.world genesis " + name.encode()).digest()
        if table.has("genesis_hash"):
            genesis = table.hex_bytes("genesis_hash", 32)
        genesis_string = table.text("genesis_string", f"Emulated Concordium network {name}")
    protocol_version = table.integer("protocol_version", 9, low=1, high=11)
    table.done()
    return Network(name, genesis, genesis_string, protocol_version)


def _blocks(table: Table) -> Blocks:
    default = Blocks()
    hashes = {
        _height(key): parse_hex(value, 32, lambda complaint: table.fail("hashes", complaint))
        for key, value in table.mapping("hashes").items()
    }
    blocks = Blocks(
        finalized_height=table.integer("finalized_height", default.finalized_height, high=2**62),
        finalized_age=table.number("finalized_age", default.finalized_age),
        ahead=table.integer("ahead", default.ahead, high=1000),
        interval=table.number("interval", default.interval, low=0.001, high=86_400),
        grows=table.flag("grows", default.grows),
        hashes=hashes,
    )
    table.done()
    return blocks


def _height(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise WorldError(f"blocks.hashes: {text!r} is not a block height")
    return int(text)


def _wallet(table: Table) -> Wallet:
    wallet = Wallet(table.text("name"), table.text("phrase"), table.text("passphrase", ""))
    table.done()
    return wallet


def _providers(root: Table, network: Network) -> tuple[Provider, ...]:
    providers = []
    for table in root.tables("providers"):
        providers.append(Provider(table.integer("number", high=_U32), table.text("name")))
        table.done()
    if providers:
        return tuple(providers)
    if network.name in _KNOWN_NETWORKS:
        return (_KNOWN_NETWORKS[network.name][2],)
    return (Provider(0, "Emulated identity provider"),)


def _identity(table: Table) -> Identity:
    family = table.choice("path", _FAMILIES, PathFamily.LEGACY.value)
    identity = Identity(
        name=table.text("name"),
        wallet=table.text("wallet"),
        index=table.integer("index", high=_U31),
        keygen=table.integer("keygen", 1, high=2),
        family=family,
        provider=table.integer("provider", 0, high=_U31),
        created_at=_month(table, "created_at") or _ISSUED,
        valid_to=_month(table, "valid_to") or _EXPIRES,
    )
    table.done()
    return identity


def _month(table: Table, key: str) -> YearMonth | None:
    text = table.optional_text(key)
    if text is None:
        return None
    year, _, month = text.partition("-")
    if len(text) != 7 or not (year + month).isdigit() or not 1 <= int(month) <= 12:
        raise table.fail(key, f'must be a month as "2021-12", not {text!r}')
    return YearMonth(int(year), int(month))


def _account(table: Table) -> Account:
    account = Account(
        name=table.text("name"),
        credentials=tuple(_credential(item, number) for number, item in enumerate(table.tables("credentials"))),
        balance=table.integer("balance", 0),
        threshold=table.integer("threshold", 1, low=1, high=256),
        nonce=table.integer("nonce", 1, low=1),
        index=table.optional_integer("index", high=2**32),
        address=_address(table),
        stake=_stake(table.table("stake")) if table.has("stake") else None,
        schedule=tuple(_release(item) for item in table.tables("schedule")),
        cooldowns=tuple(_cooldown(item) for item in table.tables("cooldowns")),
        descending_map=table.flag("descending_map", False),
    )
    table.done()
    return account


def _address(table: Table) -> bytes | None:
    text = table.optional_text("address")
    if text is None:
        return None
    try:
        return derivation.address_bytes(text)
    except ValueError:
        raise table.fail("address", f"{text!r} is not a Concordium account address") from None


def _credential(table: Table, number: int) -> Credential:
    origin = _origin(table)
    keys = table.texts("keys", ("own",) if isinstance(origin, Own) else (f"foreign:{origin.name}",))
    credential = Credential(
        index=table.integer("index", number, high=256),
        origin=origin,
        kind=table.choice("kind", _KINDS, CredentialKind.NORMAL.value),
        keys=keys,
        signature_threshold=table.integer("signature_threshold", 1, low=1, high=256),
        created_at=_month(table, "created_at"),
        valid_to=_month(table, "valid_to"),
        attributes=table.mapping("attributes"),
        added_at=table.integer("added_at", 0),
        removed_at=table.optional_integer("removed_at"),
    )
    table.done()
    return credential


def _origin(table: Table) -> Own | Foreign:
    if table.has("identity") == table.has("foreign"):
        raise table.fail("identity", 'give either "identity" and "counter", or "foreign"')
    if table.has("identity"):
        counter = table.integer("counter", high=derivation.LAST_COUNTER + 1)
        return Own(table.text("identity"), counter)
    cred_id = table.hex_bytes("cred_id", 48) if table.has("cred_id") else None
    return Foreign(table.text("foreign"), cred_id)


def _stake(table: Table) -> Stake:
    kind = table.choice("kind", {"validator": "validator", "delegator": "delegator"})
    target: str | int | None = None
    if kind == "delegator":
        given = table.text("target", "passive")
        target = None if given == "passive" else int(given) if given.isdecimal() else given
    suspended = table.flag("suspended", False)
    stake = Stake(kind, table.integer("amount"), table.flag("restake", True), target, suspended)
    table.done()
    return stake


def _release(table: Table) -> Release:
    release = Release(table.number("after_days", 30.0), table.integer("amount"))
    table.done()
    return release


def _cooldown(table: Table) -> Cooldown:
    status = table.choice("status", {"cooldown": 0, "pre_cooldown": 1, "pre_pre_cooldown": 2}, "cooldown")
    cooldown = Cooldown(table.number("after_days", 21.0), table.integer("amount"), status)
    table.done()
    return cooldown
