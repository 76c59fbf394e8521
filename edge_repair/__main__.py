"""``python -m edge_repair`` is the same as the ``edge-repair`` command."""

from edge_repair.cli import main

if __name__ == "__main__":
    main()
