"""Pages about hosts: the list, one host's tabs, a command with its output, how to add one."""

from fleet.web.hosts import commands, new, pages, views
from fleet.web.pages.host_pages import HostPages

PAGES = (views.hosts, new.new_host, commands.host_commands, pages.host_pages)
HOST_PAGES = HostPages(show=pages.show, new=new.page)
