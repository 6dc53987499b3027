"""Machines that are made up: they speak the link's protocol as any daemon does, and run nothing.

machines.py   which machines there are, what is run on them: data only
scripts.py    the words that a command's output is written in
figures.py    metrics that move
run.py        one command: what it prints, and how it ends
journal.py    a log that grows, for those who follow it
duties.py     the frames of a welcomed link
link.py       the connection, from hello to its end
operator.py   who gives these hosts something to do
host.py       all of these in one thread
enrolling.py  from a token to a host's own key
"""

from fleet.demo.hosts.enrolling import enrolled
from fleet.demo.hosts.host import DemoHost

__all__ = ["DemoHost", "enrolled"]
