"""`python -m fleet.demo`, the same as `fleet demo`."""

from fleet.demo import main

main()
