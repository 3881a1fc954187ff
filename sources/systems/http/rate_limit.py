"""How many requests an HTTP API answers."""

import math
import threading
import time
from http import HTTPStatus

from benchmark.http_system import RateLimit
from sources.systems.http.messages import ProblemError


class TokenBucket:
    """A rate limit: so many requests at once, and so many per second after that. Threads may share it."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._tokens = float(burst)
        self._last = time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Use one request of the allowance; False when there is none."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._last) * self._per_second)
            self._last = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    @property
    def remaining(self) -> int:
        """Requests that may come at once."""
        return int(self._tokens)

    @property
    def wait_seconds(self) -> int:
        """Until the next request is answered; at least 1."""
        return max(1, math.ceil((1 - self._tokens) / self._per_second))

    @property
    def refill_seconds(self) -> int:
        """Until the whole allowance is there again."""
        return math.ceil((self._burst - self._tokens) / self._per_second)


def too_many_requests(wait_seconds: int) -> ProblemError:
    """The answer beyond the limit."""
    message = "Too many requests. See Retry-After."
    return ProblemError(HTTPStatus.TOO_MANY_REQUESTS, message, {"Retry-After": str(wait_seconds)})


def limit_headers(limit: RateLimit, bucket: TokenBucket) -> dict[str, str]:
    """What an answer tells of the limit; empty where it tells nothing."""
    if not limit.has_headers:
        return {}
    return {
        "X-RateLimit-Limit": str(limit.burst),
        "X-RateLimit-Remaining": str(bucket.remaining),
        "X-RateLimit-Reset": str(math.ceil(time.time()) + bucket.refill_seconds),
    }
