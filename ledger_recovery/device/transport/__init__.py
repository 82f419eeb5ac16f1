"""[io] Byte movers, one thin file each: USB HID, Speculos' TCP and REST ports, recorded conversations."""
