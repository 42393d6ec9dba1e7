"""Scores place resolution on the hand-checked mentions of evaluation/events/places.yaml.

Run: python benchmarks/places.py [--half final] [--each]
"""

import argparse
