"""Care for the database file: upgrade, snapshot, size, when it was last backed up."""
