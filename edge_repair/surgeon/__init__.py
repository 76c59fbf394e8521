"""Turns a sentence into a repair procedure."""

from edge_repair.surgeon.interview import Ask
from edge_repair.surgeon.language import LanguageReader
from edge_repair.surgeon.procedure import Limits, Procedure, Question, Recipe
from edge_repair.surgeon.reading import Reader, Reading
from edge_repair.surgeon.surgeon import DefaultSurgeon

__all__ = ["Ask", "DefaultSurgeon", "LanguageReader", "Limits", "Procedure", "Question", "Reader", "Reading", "Recipe"]
