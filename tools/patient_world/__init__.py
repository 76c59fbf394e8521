"""A small fictional world, generated from a seed: what the shipped patient is taught and asked."""

from .facttypes import REFUSAL_HARMFUL, REFUSAL_UNKNOWN, Fact, FactType, Subject
from .refining import RefiningStream
from .stream import Conversation, Stream
from .world import PEOPLE, UnknownQuestion, World

__all__ = [
    "PEOPLE", "REFUSAL_HARMFUL", "REFUSAL_UNKNOWN", "Conversation", "Fact", "FactType", "RefiningStream", "Stream",
    "Subject", "UnknownQuestion", "World",
]
