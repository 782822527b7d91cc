"""SOQL: text to tree to checked plan to SQL to rows."""
