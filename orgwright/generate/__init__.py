"""From a connector spec to metadata components and Apex: pure and deterministic."""

from orgwright.generate.generator import Stage, components, stages

__all__ = ["Stage", "components", "stages"]
