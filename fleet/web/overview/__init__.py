"""The overview: figures, what needs somebody, and document 1's fleet status."""
