"""Notices for people who are not looking: causes, channels, quiet hours, deliveries."""

from fleet.models.notice.record import (
    CHANNEL_KINDS,
    KINDS,
    Notice,
    NoticeChannel,
    NoticeCursor,
    NoticeDelivery,
    QuietHours,
)

__all__ = [
    "CHANNEL_KINDS",
    "KINDS",
    "Notice",
    "NoticeChannel",
    "NoticeCursor",
    "NoticeDelivery",
    "QuietHours",
]
