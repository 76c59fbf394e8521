"""A model file with its repairs merged in, and reports of what was checked. Built on the public doors of the other rooms."""

from edge_repair.baking.bake import bake
from edge_repair.baking.certificate import write_certificate
from edge_repair.baking.examination import examine

__all__ = ["bake", "examine", "write_certificate"]
