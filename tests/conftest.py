"""What holds for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How fast examples are made says something about the machine, not about the code.
settings.register_profile("orgwright", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("orgwright")
