"""The typed tree to Python code, with coverage marks and Apex positions."""
