"""Counts of what the Box does, in Prometheus' text format: no IDs, no addresses, nothing that tells people apart.

Labels come from closed sets (route templates, methods, statuses), so their number is bounded.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})
_HELP = {
    "box_requests_total": ("counter", "Requests answered."),
    "box_request_seconds": ("histogram", "Time from a request's head to the end of its answer."),
    "box_stored_bytes_total": ("counter", "Bytes of bundles taken since the start."),
    "box_devices": ("gauge", "Paired devices."),
    "box_backups": ("gauge", "Backups."),
    "box_generations": ("gauge", "Generations kept."),
    "box_blob_bytes": ("gauge", "Bytes of bundles and parts kept."),
    "box_free_bytes": ("gauge", "Free bytes of the disk."),
}


class Metrics:
    """Counters since the start; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: dict[str, list[float]] = {}
        self._stored_bytes = 0

    def answered(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """:param route: the template, e.g. "/v1/about"; None when no route fitted."""
        name = route or "none"
        with self._lock:
            self._requests[name, method if method in _METHODS else "other", status] += 1
            counts = self._seconds.setdefault(name, [0.0] * (len(BUCKETS) + 2))
            for i, bound in enumerate(BUCKETS):
                counts[i] += seconds <= bound
            counts[-2] += seconds
            counts[-1] += 1

    def stored(self, size: int) -> None:
        with self._lock:
            self._stored_bytes += size

    def text(self, gauges: Mapping[str, int]) -> str:
        """Everything, with the gauges that the caller read just now."""
        with self._lock:
            requests, stored = dict(self._requests), self._stored_bytes
            seconds = {route: list(counts) for route, counts in self._seconds.items()}
        lines = _head("box_requests_total")
        for (route, method, status), number in sorted(requests.items()):
            lines.append(f'box_requests_total{{route="{route}",method="{method}",status="{status}"}} {number}')
        lines += _head("box_request_seconds")
        for route, counts in sorted(seconds.items()):
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), (*counts[: len(BUCKETS)], counts[-1]), strict=True):
                lines.append(f'box_request_seconds_bucket{{route="{route}",le="{bound}"}} {count:.0f}')
            lines.append(f'box_request_seconds_sum{{route="{route}"}} {counts[-2]:.6f}')
            lines.append(f'box_request_seconds_count{{route="{route}"}} {counts[-1]:.0f}')
        for name, value in (("box_stored_bytes_total", stored), *sorted(gauges.items())):
            lines += [*_head(name), f"{name} {value}"]
        return "\n".join(lines) + "\n"


def _head(name: str) -> list[str]:
    kind, text = _HELP[name]
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
