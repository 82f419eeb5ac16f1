"""One file a schema revision, oldest first. A released revision is never edited."""
