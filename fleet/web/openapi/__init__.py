"""The API's description: OpenAPI 3.1, made of what routes say of themselves."""
