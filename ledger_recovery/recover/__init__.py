"""The recovery itself: pure policy, scan, reconcile and report; a journal; one orchestrating service."""
