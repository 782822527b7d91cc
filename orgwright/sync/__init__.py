"""Data into an org: sources, mappings, the initial load and its history."""

from orgwright.sync.history import History, RunRecord
from orgwright.sync.sample import SampleSource
from orgwright.sync.seed import ObjectCount, Progress, SeedResult, resume, seed
from orgwright.sync.source import Source, SourceError, open_source

__all__ = [
    "History",
    "ObjectCount",
    "Progress",
    "RunRecord",
    "SampleSource",
    "SeedResult",
    "Source",
    "SourceError",
    "open_source",
    "resume",
    "seed",
]
