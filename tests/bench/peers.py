"""A peer of ours, asked a question a line: peers.py NAME THREADS MILLISECONDS. tests/bench/peer.h has the protocol.

The answer is the seconds of a call, from as many calls as fill that many milliseconds, or "no" and why. What a question
names is made when it is first asked, compiled then, and kept until another one comes.
"""
import os
import sys

from bench_calls import extra_megabytes, seconds_a_call

NAME, THREADS, MILLISECONDS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
if hasattr(os, "sched_setaffinity"):  # what XLA makes its threads by
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def peer():
    if NAME in ("PyTorch", "torch.compile"):
        from bench_torch import Torch

        return Torch(THREADS, NAME == "torch.compile")
    if NAME == "JAX":
        from bench_jax import Jax

        return Jax()
    from bench_tensorflow import TensorFlow

    return TensorFlow(THREADS)


class Unknown(Exception):
    """A question that this peer is not asked."""


def answer(theirs, question, made):
    memory = question.startswith("memory ")
    question = question.removeprefix("memory ")
    if made[0] != question:
        made[:] = None, None
        what, *words = question.split()
        make = getattr(theirs, what, None)
        if make is None:
            raise Unknown(f"{NAME} is not asked for {what}")
        made[:] = question, make(*(int(w) if w.isdigit() else w for w in words))
        made[1]()
    return extra_megabytes(made[1]) if memory else seconds_a_call(made[1], MILLISECONDS)


def main():
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever libraries print is no answer
    try:
        theirs = peer()
    except Exception as error:  # not installed, or it does not start
        answers.write(f"no {error}\n".replace("\n", " ").strip() + "\n")
        return
    made = [None, None]
    for line in sys.stdin:
        try:
            said = 0 if line.strip() == "hello" else answer(theirs, line.strip(), made)
        except Exception as error:
            said = "no " + " ".join(f"{type(error).__name__}: {error}".split())[:200]
        answers.write(f"{said}\n")


main()
