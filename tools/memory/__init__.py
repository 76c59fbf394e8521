"""A memory of fictional people for a real chat model: what it holds, the network it is trained in, its training."""
