"""The command line: typer commands, one verb family a file; it prints what the service says and decides nothing."""
