"""The audit: list, export, verification, and its words for people."""

from fleet.web.audit import exports, verifications, views

SHARED = (views.audit, verifications.audit_verifications)
EXPORTS = (exports.audit_exports,)
