"""Work that runs beside requests: test runs, Apex jobs."""
