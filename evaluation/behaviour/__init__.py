"""Behaviour tests: capabilities as YAML, the cases made of them, and failure rates."""
