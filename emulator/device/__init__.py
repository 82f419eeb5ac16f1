"""The emulated device: screens, buttons, lock state and the Speculos-compatible ports."""
