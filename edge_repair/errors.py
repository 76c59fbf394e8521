"""Every error that a user can do something about, one class each.

The message of an error is one line: what was wrong, and what to do next. The exit code of a
command is the ``exit_code`` of the error that ended it; codes are stable and never reused.
Anything that is not an ``EdgeRepairError`` is a defect of ours, and ends with code 70.
"""


class EdgeRepairError(Exception):
    """Base of all errors with a one-line message for the user. Nothing was changed when it is raised."""

    exit_code = 1


class UsageError(EdgeRepairError):
    """The words of a command, a request or a procedure cannot be used as they are (an empty request, say)."""

    exit_code = 2


class ModelError(EdgeRepairError):
    """The model file is missing, truncated, not a GGUF, or not one that can be repaired; or a conversation is too long for it; says which and why."""

    exit_code = 3


class RuntimeMismatchError(EdgeRepairError):
    """The installed llama-cpp-python does not have the memory layout this version was checked against."""

    exit_code = 4


class AdapterError(EdgeRepairError):
    """An adapter file is damaged, hostile, or belongs to another model."""

    exit_code = 5


class StoreError(EdgeRepairError):
    """The store cannot be read or written: read-only, full, damaged, or locked by another process."""

    exit_code = 6


class NothingToForgetError(EdgeRepairError):
    """The request names nothing that this model knows, so there is nothing to repair."""

    exit_code = 7


class NoTargetError(EdgeRepairError):
    """No target source turns this model at any site, so no edit was made (see ``stamp`` and ``patient.targets``)."""

    exit_code = 8


class RepairNotFoundError(EdgeRepairError):
    """No repair of that id is in this store for this model."""

    exit_code = 9


class RolledBackError(EdgeRepairError):
    """Every recipe missed a limit of the procedure; the state before was restored."""

    exit_code = 10


class DownloadError(EdgeRepairError):
    """A model could not be fetched, or what was fetched is not what its checksum says."""

    exit_code = 11


class BakeError(EdgeRepairError):
    """A merged model does not do what its repairs do, or cannot be stored so; it was not kept."""

    exit_code = 12


class InterruptedAnswerError(EdgeRepairError):
    """A repair, an undo, or a question that calls other repairs, in another thread, changed the model while an answer was being streamed: what came is a beginning."""

    exit_code = 14


class PackError(EdgeRepairError):
    """A pack of repairs is damaged, hostile, made for another model, or does harm here; nothing was changed."""

    exit_code = 13
