"""Tasks: board and list, forms, claims, endings, exports."""

from fleet.web.tasks import claims, endings, exports, form_pages, views

SHARED = (views.tasks, claims.task_claims)
FORMS = (form_pages.task_form_pages,)
EXPORTS = (exports.task_exports,)
ENDINGS = (endings.task_endings,)
