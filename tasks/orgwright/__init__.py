"""CumulusCI tasks of orgwright: options in, a call of a workflow or capability, results out."""
