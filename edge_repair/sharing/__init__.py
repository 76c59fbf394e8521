"""Packs: repairs as numbers, for another device with the same model. Checked as hostile files, tried before they stay."""

from edge_repair.sharing.pack import Pack, Packed, decode, encode, read
from edge_repair.sharing.taking import give, take_over

__all__ = ["Pack", "Packed", "decode", "encode", "give", "read", "take_over"]
