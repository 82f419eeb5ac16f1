"""The guide as a program of this computer: the socket, who may ask, routes, forms, the emulated device of a demo."""
