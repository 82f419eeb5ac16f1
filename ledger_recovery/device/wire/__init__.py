"""[pure] Bytes of the link: APDUs, status words, models, and the framing of USB HID and of the Speculos TCP port."""
