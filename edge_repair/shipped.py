"""Where the files shipped in ``models/`` are, from a checkout and from an installed wheel alike."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def path(name: str) -> Path:
    """Return the path of a shipped file, for example ``path("watchdog/watchdog.onnx")``.

    Args:
        name: path below ``models/``, with forward slashes.

    Returns:
        An absolute path. It is not checked for existence: callers say what its absence means.
    """
    installed = _PACKAGE / "shipped_models"  # the wheel carries models/ as edge_repair/shipped_models/
    root = installed if installed.is_dir() else _PACKAGE.parent / "models"
    return root.joinpath(*name.split("/"))
