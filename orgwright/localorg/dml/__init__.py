"""The one way to save a record, whoever asks: the order of execution."""
