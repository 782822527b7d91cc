"""Data into an org: sources, mappings, the initial load and its history."""

from orgwright.sync.history import History, RunRecord
from orgwright.sync.mark import Marked, mark
from orgwright.sync.sample import SampleSource
from orgwright.sync.seed import ObjectCount, Progress, SeedResult, resume, seed
from orgwright.sync.source import Source, SourceError, open_source

__all__ = [
    "History",
    "Marked",
    "ObjectCount",
    "Progress",
    "RunRecord",
    "SampleSource",
    "SeedResult",
    "Source",
    "SourceError",
    "mark",
    "open_source",
    "resume",
    "seed",
]
