"""Guided recovery in the browser: pages on this computer only, over recover.service; they add no logic of their own."""
