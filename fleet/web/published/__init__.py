"""The dialects of documents 2 and 3, as they were published."""

from fleet.web.published.deploy import deploy
from fleet.web.published.files import files
from fleet.web.published.install_script import install_script

HOSTS = (deploy, install_script)
# Under /v1 too.
FILES = (files,)
