"""huggingface_hub, imported where it is needed, and what it, the network and the disk may answer, in sentences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dgcli.errors import DgError, ModelError

_PASSING = (408, 429)  # statuses: it took too long, too many requests
_BROKEN = 500  # and all from here on: the fault is the server's
_TRUE = ("1", "ON", "YES", "TRUE")


def hub_library() -> Any:
    """huggingface_hub with its telemetry, its progress bars and its warnings off."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    import huggingface_hub
    import huggingface_hub.constants
    import huggingface_hub.errors
    import huggingface_hub.file_download
    import huggingface_hub.utils

    hub: Any = huggingface_hub
    hub.constants.HF_HUB_DISABLE_TELEMETRY = True
    hub.utils.disable_progress_bars()
    hub.utils.logging.set_verbosity_error()
    return hub


def endpoint(hub: Any) -> str:
    """The Hub's address, or that of a mirror that HF_ENDPOINT names."""
    return os.environ.get("HF_ENDPOINT") or str(hub.constants.ENDPOINT)


@contextmanager
def explained(repository: str, revision: str) -> Iterator[None]:
    """Raises ModelError or DgError for what the Hub, the network and the disk may answer, each in a sentence."""
    hub = hub_library()
    errors = hub.errors
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in _TRUE or hub.constants.HF_HUB_OFFLINE:
        raise ModelError(f"{repository} cannot be fetched: HF_HUB_OFFLINE is set.", "Unset it to go online.")
    try:
        yield
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{repository} is gated: its owners want you to accept their terms first.",
            f"Do that on {endpoint(hub)}/{repository}, then log in with `hf auth login`.",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"{repository} has no revision {revision}.", "Leave out <revision>.") from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise ModelError(
            f"There is no model {repository} on the Hub, or it is private.",
            "Check the name; for a private one, log in with `hf auth login`.",
        ) from error
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "no status")
        refused = status in (401, 403)
        raise (ModelError if refused else DgError)(
            f"The Hub answered {status} when asked for {repository}.",
            "Log in again with `hf auth login`: it does not accept your token."
            if refused
            else "Try again later: it goes on where it stopped.",
        ) from error
    except OSError as error:
        if error.errno is None or isinstance(error, ConnectionError):
            raise _lost(repository) from error
        raise DgError(
            f"{error.filename or cache_folder()} cannot be written: {error.strerror}.",
            "Make room or check the permissions; what had arrived whole is kept.",
        ) from error
    except errors.HTTPError as error:
        raise _lost(repository) from error


def may_pass(error: Exception) -> bool:
    """Whether what the network or the Hub answered may pass by itself: a lost connection, a busy server."""
    errors = hub_library().errors
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.HfHubHTTPError) and isinstance(status, int):
        return status in _PASSING or status >= _BROKEN
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        return error.errno is None
    return isinstance(error, (ConnectionError, errors.HTTPError))


def _lost(repository: str) -> DgError:
    return DgError(
        f"The connection to the Hub failed while {repository} was being fetched.",
        "Check the network, and run the command again: it goes on where it stopped.",
    )


def open_url(repository: str, file: str, commit: str, out: Any, **options: Any) -> None:
    """Read a file of the Hub into `out`, which is open for writing; `options` are those of http_get."""
    hub = hub_library()
    url = hub.hf_hub_url(repository, file, revision=commit, endpoint=endpoint(hub))
    hub.file_download.http_get(url, out, headers=hub.utils.build_hf_headers(library_name="dg"), **options)


def cache_folder() -> Path:
    """Where the Hub's files are kept: HF_HUB_CACHE, or what huggingface_hub makes of the other variables."""
    if named := os.environ.get("HF_HUB_CACHE"):
        return Path(os.path.expandvars(os.path.expanduser(named)))
    from huggingface_hub import constants  # without the rest, which takes ten times as long to import

    return Path(constants.HF_HUB_CACHE)
