import platform
import sys

from outlay.plan.memory import keep_freed_pages


def test_the_allocator_is_told_once_and_says_whether_it_heard() -> None:
    assert keep_freed_pages() in (True, False)
    assert keep_freed_pages() is keep_freed_pages()
    if sys.platform == "linux":
        assert keep_freed_pages() is (platform.libc_ver()[0] == "glibc")
