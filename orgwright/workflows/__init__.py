"""The order of steps, nothing else: a module for each workflow, so that each loads only what it needs."""
