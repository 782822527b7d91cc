"""Apex source text to our own syntax tree: lexer, parser, syntax errors in Salesforce's words."""
