"""Scores the events that a stack of artifacts finds in whole articles."""
