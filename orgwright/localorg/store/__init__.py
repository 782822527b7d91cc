"""Rows in SQLite: a table for each SObject, ids, sequences, transactions."""
