"""The order of steps, nothing else."""

from orgwright.workflows.results import Step, UpResult
from orgwright.workflows.steps import Generated, deploy_connector, generate_connector, test_connector
from orgwright.workflows.up import Plan, up

__all__ = ["Generated", "Plan", "Step", "UpResult", "deploy_connector", "generate_connector", "test_connector", "up"]
