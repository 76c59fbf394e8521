"""What is planned for each sort of request: one file a sort; ``common`` has what they share."""

from edge_repair.surgeon.scenarios.correction import plan_correction
from edge_repair.surgeon.scenarios.dangerous import plan_dangerous, plan_examples
from edge_repair.surgeon.scenarios.fact import plan_fact
from edge_repair.surgeon.scenarios.subject import plan_subject

__all__ = ["plan_correction", "plan_dangerous", "plan_examples", "plan_fact", "plan_subject"]
