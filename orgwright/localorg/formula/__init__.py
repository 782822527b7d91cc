"""Formulas: of fields, validation rules and defaults (Salesforce Help, Formula Operators and Functions)."""
