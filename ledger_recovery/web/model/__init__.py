"""[pure] What the guide shows at one moment, and how the events of a run change it. Frozen data, no I/O."""
