"""The daemon: the program on a host that dials out to Fleet and does what it is told.

Standard library and a pure-Python WebSocket library only, Python 3.9 or newer:
it is shipped as one file, with nothing to install.
"""
