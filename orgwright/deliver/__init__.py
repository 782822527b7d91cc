"""Deploys and the gates that tests have to pass."""

from orgwright.deliver.deploy import Deletions, DeployFailed, Deployment, deploy
from orgwright.deliver.gates import Gates, GatesMissed, TestReport, run_tests

__all__ = ["Deletions", "DeployFailed", "Deployment", "Gates", "GatesMissed", "TestReport", "deploy", "run_tests"]
