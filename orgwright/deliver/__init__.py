"""Deploys and the gates that tests have to pass."""

from orgwright.deliver.deploy import DeployFailed, Deployment, deploy
from orgwright.deliver.gates import Gates, GatesMissed, TestReport, run_tests

__all__ = ["DeployFailed", "Deployment", "Gates", "GatesMissed", "TestReport", "deploy", "run_tests"]
