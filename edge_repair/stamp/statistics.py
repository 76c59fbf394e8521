"""What a model's activations are like in ordinary use, as numbers: the background that an edit must not disturb.

For each layer: second moment and mean of the normed MLP inputs over text and over the model's own answers, the
inputs at the place where an answer begins for a few hundred ordinary prompts, the moments of these inputs for dangerous
requests and for harmless ones in like words, how much each neuron is used, and a thin factor of the second moment of the MLP keys (MEMIT's C, arXiv 2210.07229): a few hundred of the keys themselves,
since the matrix would be 256 MB a layer for f = 8192.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

FORMAT, BEFORE_PAIRS = 3, 2  # before: dangerous and harmless requests of topics alone
KEYS_PER_BATCH = 24  # rows of each batch that are kept as the thin factor of the keys' second moment
KEY_REST = 0.01  # what C has outside the kept keys' span, as a share of its mean diagonal


@dataclass(frozen=True)
class Moments:
    """Second moment ``[d, d]`` and mean ``[d]`` of rows, float64."""

    second: np.ndarray
    mean: np.ndarray


@dataclass(frozen=True)
class LayerStatistics:
    """Statistics of one layer, d = model width, f = MLP width, p = number of ordinary prompts.

    Attributes:
        second: mean of x x^T over text positions, float64 ``[d, d]``.
        mean: mean of x over text positions, float64 ``[d]``.
        openings: x at the last prompt position of ordinary prompts, float32 ``[p, d]``.
        use: mean ``|key|`` of each neuron over text positions, float32 ``[f]``.
        key_factor: float32 ``[f, r]``; C is about ``key_factor @ key_factor.T + key_rest * I``.
        key_rest: mean of the eigenvalues of C that the factor leaves out.
        dangerous, harmless: moments of x at the last prompt position of dangerous requests and of harmless ones that
            resemble them; None where they were not collected.
    """

    second: np.ndarray
    mean: np.ndarray
    openings: np.ndarray
    use: np.ndarray
    key_factor: np.ndarray
    key_rest: float
    dangerous: Moments | None = None
    harmless: Moments | None = None


@dataclass(frozen=True)
class Statistics:
    """Statistics of a model: layer number to ``LayerStatistics``, and how many text positions they come from."""

    layers: dict[int, LayerStatistics]
    positions: int

    def to_bytes(self) -> bytes:
        """Serialise compactly: half precision, the upper triangle of symmetric matrices."""
        arrays: dict[str, np.ndarray] = {"format": np.array(FORMAT), "positions": np.array(self.positions)}
        for number, layer in self.layers.items():
            for name, moments in (("", layer), ("dangerous.", layer.dangerous), ("harmless.", layer.harmless)):
                arrays |= {} if moments is None else _packed(f"{number}.{name}", moments.second, moments.mean)
            arrays[f"{number}.numbers"] = np.array([layer.key_rest])
            arrays[f"{number}.openings"] = layer.openings.astype(np.float16)
            arrays[f"{number}.use"] = layer.use.astype(np.float32)
            arrays[f"{number}.key_factor"] = layer.key_factor.astype(np.float16)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Statistics":
        """Read what ``to_bytes`` wrote; of an older file the moments of requests are left out.

        Raises:
            ValueError: not a statistics file of this format.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                if int(arrays["format"]) not in (FORMAT, BEFORE_PAIRS):
                    raise ValueError(f"statistics format {int(arrays['format'])} is not {FORMAT}")
                numbers = sorted({int(name.split(".")[0]) for name in arrays.files if "." in name})
                found = cls({number: _layer(arrays, number) for number in numbers}, int(arrays["positions"]))
                return found if int(arrays["format"]) == FORMAT else found.with_requests({})
        except (KeyError, OSError, EOFError) as error:
            raise ValueError(f"not a statistics file ({error})") from error

    def with_requests(self, moments: Mapping[int, tuple[Moments | None, Moments | None]]) -> "Statistics":
        """The same with other moments of dangerous and of harmless requests, by layer; where there are none, without."""
        layers = {}
        for number, layer in self.layers.items():
            dangerous, harmless = moments.get(number, (None, None))
            layers[number] = replace(layer, dangerous=dangerous, harmless=harmless)
        return Statistics(layers, self.positions)


def _packed(prefix: str, second: np.ndarray, mean: np.ndarray) -> dict[str, np.ndarray]:
    scale = np.abs(second).max()  # keeps half precision away from its smallest numbers
    triangle = (second[np.triu_indices(len(mean))] / scale).astype(np.float16)
    return {f"{prefix}second": triangle, f"{prefix}scale": np.array(scale), f"{prefix}mean": mean.astype(np.float32)}


def _unpacked(arrays, prefix: str) -> Moments:
    mean = arrays[f"{prefix}mean"].astype(np.float64)
    second = np.zeros((len(mean), len(mean)))
    second[np.triu_indices(len(mean))] = arrays[f"{prefix}second"].astype(np.float64) * float(arrays[f"{prefix}scale"])
    return Moments(second + np.triu(second, 1).T, mean)


def _layer(arrays, number: int) -> LayerStatistics:
    text = _unpacked(arrays, f"{number}.")
    extra = [_unpacked(arrays, f"{number}.{name}.") if f"{number}.{name}.mean" in arrays else None for name in ("dangerous", "harmless")]
    return LayerStatistics(
        text.second,
        text.mean,
        arrays[f"{number}.openings"].astype(np.float32),
        arrays[f"{number}.use"],
        arrays[f"{number}.key_factor"].astype(np.float32),
        float(arrays[f"{number}.numbers"][0]),
        *extra,
    )


class Accumulator:
    """Adds up activations batch by batch for chosen layers; ``statistics`` closes it.

    Sums are float64. ``state``/``restore`` let a long collection be resumed.
    """

    def __init__(self, layers: tuple[int, ...]):
        self.layers = layers
        self._sums: dict[str, np.ndarray] = {}
        self._openings: dict[int, list[np.ndarray]] = {layer: [] for layer in layers}
        self._keys: dict[int, list[np.ndarray]] = {layer: [] for layer in layers}
        self.positions = 0

    def add_text(self, inputs: dict[int, np.ndarray], keys: dict[int, np.ndarray]) -> None:
        """Add rows of text positions: inputs float32 ``[n, d]`` and keys float32 ``[n, f]`` for each layer."""
        for layer in self.layers:
            x, k = inputs[layer].astype(np.float64), keys[layer]
            for name, value in (("xx", x.T @ x), ("x", x.sum(0)), ("k", np.abs(k).sum(0, dtype=np.float64))):
                known = self._sums.get(f"{layer}.{name}")
                self._sums[f"{layer}.{name}"] = value if known is None else known + value
            self._keys[layer].append(k[:: max(1, len(k) // KEYS_PER_BATCH)])
        self.positions += len(inputs[self.layers[0]])

    def add_openings(self, inputs: dict[int, np.ndarray]) -> None:
        """Add rows at the last prompt position of ordinary prompts, float32 ``[n, d]`` for each layer."""
        for layer in self.layers:
            self._openings[layer].append(inputs[layer].astype(np.float32))

    def add_requests(self, name: str, inputs: dict[int, np.ndarray]) -> None:
        """Add rows at the last prompt position of requests, ``name`` "dangerous" or "harmless", float32 ``[n, d]`` for each layer."""
        for layer in self.layers:
            x = inputs[layer].astype(np.float64)
            for key, value in ((f"{layer}.{name}.xx", x.T @ x), (f"{layer}.{name}.x", x.sum(0)), (f"{layer}.{name}.n", np.array(float(len(x))))):
                known = self._sums.get(key)
                self._sums[key] = value if known is None else known + value

    def requests(self) -> dict[int, tuple[Moments | None, Moments | None]]:
        """The moments of dangerous and of harmless requests that were added, by layer."""
        return {layer: (self._moments(layer, "dangerous"), self._moments(layer, "harmless")) for layer in self.layers}

    def _moments(self, layer: int, name: str) -> Moments | None:
        if f"{layer}.{name}.n" not in self._sums:
            return None
        count = float(self._sums[f"{layer}.{name}.n"])
        return Moments(self._sums[f"{layer}.{name}.xx"] / count, self._sums[f"{layer}.{name}.x"] / count)

    def state(self) -> dict[str, np.ndarray]:
        """All that was added, as plain arrays."""
        lists = {"openings": self._openings, "keys": self._keys}
        kept = {f"{layer}.{name}": np.concatenate(parts) for name, table in lists.items() for layer, parts in table.items() if parts}
        return {**self._sums, **kept, "positions": np.array(self.positions)}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from a ``state``."""
        rest = dict(state)
        self.positions = int(rest.pop("positions"))
        for name, table in (("openings", self._openings), ("keys", self._keys)):
            for layer in self.layers:
                known = rest.pop(f"{layer}.{name}", None)
                table[layer] = [] if known is None else [known]
        self._sums = rest

    def statistics(self) -> Statistics:
        """Close the sums into means and factors."""
        done = {}
        for layer in self.layers:
            keys = np.concatenate(self._keys[layer])
            factor = keys.T.astype(np.float64) / np.sqrt(len(keys))
            done[layer] = LayerStatistics(
                self._sums[f"{layer}.xx"] / self.positions,
                self._sums[f"{layer}.x"] / self.positions,
                np.concatenate(self._openings[layer]),
                (self._sums[f"{layer}.k"] / self.positions).astype(np.float32),
                factor.astype(np.float32),
                float(KEY_REST * np.square(factor).sum() / len(factor)),
                self._moments(layer, "dangerous"),
                self._moments(layer, "harmless"),
            )
        return Statistics(done, self.positions)
