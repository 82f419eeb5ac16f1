"""Structure-aware fuzzing of every decoder that reads foreign bytes; run by test_fuzz.py and scripts/fuzz."""
