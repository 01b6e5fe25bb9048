"""Keep one comment in a thread: written once, then changed in place."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from outlay.model.problem import InputError
from outlay.plan.comment.forges import BusyForgeError, Comment, Thread

PAUSES = (1.0, 2.0, 4.0)
LONGEST_WAIT = 60.0
Action = Literal["created", "updated", "unchanged", "silent"]


@dataclass(frozen=True, slots=True)
class Published:
    """What was done, and where the comment stands."""

    action: Action
    url: str = ""


def publish(
    thread: Thread, marker: str, body: str, *, speaks: bool = True, pauses: Sequence[float] = PAUSES
) -> Published:
    """Change the comment that begins with the marker, or write it if the change speaks.

    An older comment is changed even if the change is silent: what it told is no longer so. When the server fails, the
    thread is read again before anything is written again.
    """
    for pause in (*pauses, None):
        try:
            return _once(thread, marker, body, speaks)
        except BusyForgeError as error:
            if pause is None:
                raise
            time.sleep(min(max(pause, error.wait), LONGEST_WAIT) if pause else 0)
    raise AssertionError


def _once(thread: Thread, marker: str, body: str, speaks: bool) -> Published:
    refused: InputError | None = None
    for comment in [one for one in thread.all() if one.body.lstrip().startswith(marker)]:
        if _same(comment, body):
            return Published("unchanged", comment.url)
        try:
            return Published("updated", thread.change(comment, body).url or comment.url)
        except InputError as error:
            # Somebody else's comment, or one that was deleted meanwhile.
            refused = error
    if not speaks:
        if refused is not None:
            raise refused
        return Published("silent")
    return Published("created", thread.create(body).url)


def _same(comment: Comment, body: str) -> bool:
    return comment.body.replace("\r\n", "\n").strip() == body.strip()
