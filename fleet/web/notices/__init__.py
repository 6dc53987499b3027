"""Notices: channels, what each is told, deliveries, tests."""

from fleet.web.notices import channel_tests, channels, keys, kinds, pages, pickups, quiet_hours, views

CHANNELS = (
    channels.notice_channels,
    kinds.notice_kinds,
    keys.notice_keys,
    channel_tests.notice_tests,
    pickups.notice_pickups,
)
NOTICES = (views.notices,)
QUIET_HOURS = (quiet_hours.quiet_hours,)
PAGES = (pages.notice_pages,)
