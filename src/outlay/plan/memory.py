"""Keep the pages of freed arrays.

A simulation makes thousands of arrays of 128 KB, each of which lives for a moment. By default the allocator of the C
library gives such a block back to the system at once, and touching fresh pages took a third of the time.
"""

import ctypes
from functools import cache

# Parameters of mallopt in glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
KEPT, AT_ONCE = 128 << 20, 32 << 20


@cache
def keep_freed_pages() -> bool:
    """Tell the allocator to keep up to 128 MB that are free; False where it is no glibc, and nothing changes."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    told = ((M_MMAP_THRESHOLD, AT_ONCE), (M_TRIM_THRESHOLD, KEPT), (M_TOP_PAD, AT_ONCE))
    return bool(sum(mallopt(parameter, size) for parameter, size in told) == len(told))
