"""Tests of the bench: its arithmetic, its text, and that the script runs. No number of a measurement is judged."""
