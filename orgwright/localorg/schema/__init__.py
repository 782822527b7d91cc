"""SObject types of an org: standard facts and what was deployed."""
