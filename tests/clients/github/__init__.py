"""A stand-in for a GitHub Enterprise server, for tests of clients whose steps ask GitHub; a real bare repository is behind it."""
