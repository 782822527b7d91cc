"""The Tooling API: queries over setup objects, anonymous Apex, test runs, single components."""
