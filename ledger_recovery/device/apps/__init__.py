"""[pure] What each app on a Ledger is asked, how its answers read, and what its screens show meanwhile."""
