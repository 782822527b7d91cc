"""Flows that run without a screen: autolaunched and record-triggered ones, and processes (Metadata API, Flow)."""
