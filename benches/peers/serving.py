"""Requests one per line: JSON in, JSON out.

The first line out is {"version": …} once the library is imported, so that no request pays for that. A request is an
object with `op`, the name of a method of the peer, and its arguments; the answer is what it returns, or {"error": …}.
Seconds are `wall` and `cpu` (of the process, all its threads).
"""

import json
import os
import sys
import time


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def reset_peak():
    """Forgets the peak of resident memory so far."""
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")


def status_bytes(key):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def serve(make_peer):
    """Answers requests until there are no more. `make_peer` gives an object with `version` and the operations."""
    # Whatever a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    try:
        peer = make_peer(sys.argv[1])
    except Exception as error:
        return answer({"error": f"{type(error).__name__}: {error}"})
    answer({"version": peer.version})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer(getattr(peer, request.pop("op"))(**request))
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})
