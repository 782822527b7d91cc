"""One small handler for each kind of metadata: from the spec's models to components, pure."""
