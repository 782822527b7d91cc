"""The order of steps, nothing else."""

from orgwright.workflows.apply import Applied, PlanFile, apply, make_plan
from orgwright.workflows.remove import Removed, remove
from orgwright.workflows.results import Step, UpResult
from orgwright.workflows.steps import Generated, deploy_connector, generate_connector, test_connector
from orgwright.workflows.up import Plan, up

__all__ = [
    "Applied",
    "Generated",
    "Plan",
    "PlanFile",
    "Removed",
    "Step",
    "UpResult",
    "apply",
    "deploy_connector",
    "generate_connector",
    "make_plan",
    "remove",
    "test_connector",
    "up",
]
