"""STAMP: closed-form edits of MLP weights in numpy. Knows nothing of llama.cpp, files or text."""

from edge_repair.stamp.delta import Delta
from edge_repair.stamp.gate import Gate, OldNeurons
from edge_repair.stamp.imprint import Imprint, Step
from edge_repair.stamp.listening import Listener, listener_of
from edge_repair.stamp.linear import Metric, solve_full, solve_low_rank
from edge_repair.stamp.openings import Openings, disturbed, openings
from edge_repair.stamp.route import Route, bar_of, route_of
from edge_repair.stamp.separation import separation
from edge_repair.stamp.solve import opening_scores, solve
from edge_repair.stamp.statistics import Accumulator, Statistics

__all__ = [
    "Accumulator",
    "Delta",
    "Gate",
    "Imprint",
    "Listener",
    "Metric",
    "OldNeurons",
    "Openings",
    "Route",
    "Statistics",
    "Step",
    "bar_of",
    "disturbed",
    "listener_of",
    "opening_scores",
    "openings",
    "route_of",
    "separation",
    "solve",
    "solve_full",
    "solve_low_rank",
]
