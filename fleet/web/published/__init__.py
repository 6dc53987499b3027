"""The dialects of documents 2 and 3, as they were published."""

from fleet.web.published import commands, hosts, logs, reports, streams
from fleet.web.published.deploy import deploy
from fleet.web.published.files import files
from fleet.web.published.install_script import install_script

# Under /v1 too.
FILES = (files,)
HOSTS = (
    deploy,
    install_script,
    hosts.api_agents,
    reports.api_reports,
    commands.api_commands,
    streams.api_streams,
    logs.api_logs,
)
