"""Measures artifacts: metrics with intervals, reports, comparisons, pages and the gate."""
