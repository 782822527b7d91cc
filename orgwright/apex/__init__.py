"""The Apex language: syntax, types, check, Python code, runtime library. Knows no HTTP and no SQL."""
