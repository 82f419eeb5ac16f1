"""One guided recovery: the session, the road of each family, the person, files and backups, its place on disk."""
