"""What runs: values, collections, SObjects, exceptions, transactions, limits."""
