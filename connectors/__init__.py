"""Sources of data beyond files: one module a provider."""
