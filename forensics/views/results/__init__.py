"""Results as JSON and in words, one module a subject."""
