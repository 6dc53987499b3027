"""Pages about hosts: the list, one host's tabs, a command with its output, how to add one."""

from fleet.web.hosts import new, views
from fleet.web.pages.host_pages import HostPages

PAGES = (views.hosts, new.new_host)
HOST_PAGES = HostPages(new=new.page)
