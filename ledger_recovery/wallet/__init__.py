"""The wallet: identities, accounts, credentials and address book on SQLite; snapshots out, changes in."""
