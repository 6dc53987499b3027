"""What the `fleet` command does besides serving; each module is imported when it is asked for."""
