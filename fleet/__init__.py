"""Fleet, a self-hosted control plane for AI coding agents.

Nothing is imported here: `import fleet.daemon` must never load Flask or
SQLAlchemy, and Python runs this file first.
"""
