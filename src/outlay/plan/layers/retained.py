"""How much is kept of what is written month by month."""

import numpy as np

from outlay.plan.quantities.path import Path


def retained(written: Path, kept: Path, months: int, filling: bool = False) -> Path:
    """What lies there at the end of each month: all that was written in the last `kept` months.

    2 TB a month kept for 3 months are 6 TB; where nothing lies there at first (`filling`) 2, 4, 6, 6 ... Without that,
    the months before the plan wrote as much as its first one.
    """
    if written.constant and not filling:
        return written * kept
    wrote, keep = np.broadcast_arrays(written.grid(months), kept.grid(months))
    before = np.vstack([np.zeros((1, wrote.shape[1])), np.cumsum(wrote, axis=0)])
    begins = np.arange(1, months + 1)[:, None] - keep
    month = np.clip(np.floor(begins), 0, months - 1).astype(np.intp)
    part = (np.maximum(begins, 0) - month) * np.take_along_axis(wrote, month, axis=0)
    gone = np.take_along_axis(before, month, axis=0) + part
    earlier = 0.0 if filling else np.minimum(begins, 0) * wrote[0]
    return Path.by_month(before[1:] - gone - earlier)
