"""The platform's classes in Python, a module for each group. How natives are registered: ``registry.py``."""
