"""My account: name, password, quiet hours, theme, browsers, tokens."""

from fleet.web.account import passwords, views

SHARED = (views.account, passwords.passwords)
