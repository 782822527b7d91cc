"""Runs public Apex code bases on the engine: how many of their own test methods pass, and why the others do not."""
