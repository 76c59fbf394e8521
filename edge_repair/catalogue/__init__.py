"""Finds, lists and pulls models. It reads files and asks pip; it never loads a model."""
