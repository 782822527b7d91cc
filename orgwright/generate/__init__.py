"""From a connector spec to metadata components and Apex: pure and deterministic."""

from orgwright.generate.generator import Stage, components, stages
from orgwright.generate.scratch import scratch_definition

__all__ = ["Stage", "components", "scratch_definition", "stages"]
