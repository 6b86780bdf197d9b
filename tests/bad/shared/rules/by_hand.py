"""Answers without a model, by hand."""
