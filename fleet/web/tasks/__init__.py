"""Tasks: board and list, forms, claims, endings, exports."""

from fleet.web.tasks import bulk_assignments, claims, endings, exports, form_pages, views

SHARED = (views.tasks, claims.task_claims, bulk_assignments.bulk_assignments)
FORMS = (form_pages.task_form_pages,)
EXPORTS = (exports.task_exports,)
ENDINGS = (endings.task_endings,)
