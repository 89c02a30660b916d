"""How peers.py measures a call: its seconds, and the memory that it needs."""
import time


def seconds_a_call(call, milliseconds):
    """As google-benchmark does it: more and more calls, until they fill the time."""
    calls = 1
    while True:
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        seconds = time.perf_counter() - begin
        if seconds >= milliseconds / 1000:
            return seconds / calls
        calls = max(calls + 1, min(10 * calls, int(1.4 * calls * milliseconds / 1000 / max(seconds, 1e-9))))


def extra_megabytes(call):
    """What a second call needs at its peak, beyond what the process has before it and the arrays that it returns."""

    def field(name):
        with open("/proc/self/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(name))

    call()
    before = field("VmRSS:")
    with open("/proc/self/clear_refs", "w", encoding="utf-8") as peak:
        peak.write("5")  # the peak begins again
    returned = call()
    own = sum(array.nbytes for array in returned) if isinstance(returned, tuple) else 0
    return ((field("VmHWM:") - before) * 1024 - own) / 1e6
