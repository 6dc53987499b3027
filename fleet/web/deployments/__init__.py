"""Making machines hosts over SSH, step by step."""

from fleet.web.deployments.views import deployments

SHARED = (deployments,)
