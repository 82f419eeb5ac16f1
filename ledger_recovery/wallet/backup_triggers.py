"""The triggers that queue a backup: in the transaction of the change, whatever code makes it.

They belong to the program, not to a revision of the schema: they are taken away before every migration (one that
rebuilds a table would lose or break them) and made anew after it. Facts that the chain tells again
(`account_facts`, `evm_sightings`, `evm_holdings`) queue nothing.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

BACKED_UP = {
    "network": "network",
    "wallets": "Ledgers",
    "identities": "identities",
    "accounts": "accounts",
    "credentials": "credentials",
    "external_credentials": "co-holders",
    "address_book": "address book",
    "vault": "vault",
    "vault_items": "vault",
    "dids": "DIDs",
    "peers": "peers",
    "evm_accounts": "EVM addresses",
    "evm_places": "derivation paths",
    "evm_smart_accounts": "contract wallets",
}
"""Table -> the word that tells a person what changed. No word is a part of another."""

EVENTS = ("insert", "update", "delete")

MAX_WHY = 400

# It adds to a row that is there since the first link, and inserts none: inside a trigger an ON CONFLICT clause gives
# way to that of the statement outside (sqlite.org/lang_createtrigger.html).
_QUEUE = """
UPDATE backup_pending SET
    ticket = ticket + 1,
    changes = changes + 1,
    since = coalesce(since, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    why = CASE
        WHEN why IS NULL THEN {word}
        WHEN instr(', ' || why || ',', ', ' || {word} || ',') THEN why
        ELSE substr(why || ', ' || {word}, 1, {limit})
    END
"""
_TRIGGER = "CREATE TRIGGER {name} AFTER {event} ON {table} WHEN EXISTS (SELECT 1 FROM backup_link) BEGIN {queue}; END"


def queue_statement(word: str) -> str:
    """The statement that queues one change. `word`: SQL for what changed, a literal or the name of a parameter."""
    return _QUEUE.format(word=word, limit=MAX_WHY)


def trigger_name(table: str, event: str) -> str:
    return f"backup_{table}_{event}"


def drop_triggers(connection: Connection) -> None:
    """Take all triggers away; the wallet file has none but these."""
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    for name in names:
        quoted = name.replace('"', '""')
        connection.exec_driver_sql(f'DROP TRIGGER "{quoted}"')


def make_triggers(connection: Connection) -> None:
    """Make all triggers, in a file of the newest schema that has none."""
    for table, word in BACKED_UP.items():
        queue = queue_statement(f"'{word}'")
        for event in EVENTS:
            name = trigger_name(table, event)
            connection.exec_driver_sql(_TRIGGER.format(name=name, event=event, table=table, queue=queue))
