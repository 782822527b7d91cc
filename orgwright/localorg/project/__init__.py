"""Source-format projects on a throw-away org in memory: read, deploy what can be deployed, run the tests."""
