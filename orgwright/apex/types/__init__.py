"""The type model, the symbols of user code, and the declarations of the platform's classes."""
