"""The search and command palette: what a line of words can mean, the likeliest first."""
