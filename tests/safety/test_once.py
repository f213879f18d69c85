"""What may be used once may be used once, for as long as it counts, and memory ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from oscine.errors import RateLimited
from oscine.safety.once import Once


def test_a_name_is_taken_once_until_it_expires() -> None:
    once = Once()
    assert [once.take(b"a", 10, now) for now in (0, 5, 9.9, 10, 11)] == [True, False, False, True, True]
    assert once.take(b"b", 10, 0)


def test_of_many_at_once_one_is_first() -> None:
    once = Once()
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: once.take(b"a", 10, 0), range(500))) == 1


def test_it_remembers_no_more_than_it_is_told_and_forgets_what_is_over() -> None:
    once = Once(most=2)
    assert once.take(b"a", 10, 0)
    assert once.take(b"b", 20, 0)
    with pytest.raises(RateLimited):
        once.take(b"c", 20, 5)
    assert not once.take(b"a", 10, 5), "what is remembered stays so"
    assert once.take(b"c", 20, 11)
