"""People: invitations, roles, links."""
