"""Tasks: board and list, forms, claims, endings, exports."""
