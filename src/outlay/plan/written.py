"""Write a file of a plan: whole or not at all, in folders that are made as needed."""

import os
from pathlib import Path

from outlay.model.problem import InputError


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`. Raises `InputError`; then what stood there before still does."""
    beside = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        what = f"the file cannot be written: {error.strerror or error}"
        raise InputError("E-PLAN-071", what, "name a file in a folder that you may write", str(path)) from error
    finally:
        if beside.exists():
            beside.unlink()
