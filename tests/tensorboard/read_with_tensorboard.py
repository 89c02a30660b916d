# Reads by the tensorboard package what tests/programs/events.cpp wrote into the folder, and checks every number of it.
import math
import sys

import numpy as np
import tensorboard.version
from tensorboard.backend.event_processing.plugin_event_accumulator import (
    STORE_EVERYTHING_SIZE_GUIDANCE, EventAccumulator)
from tensorboard.util import tensor_util

run = EventAccumulator(sys.argv[1], size_guidance=STORE_EVERYTHING_SIZE_GUIDANCE)
run.Reload()
LOSS, ACCURACY, WEIGHTS = "loss/training", "accuracy/held out, é", "weights/0.weight"
assert sorted(run.Tags()["tensors"]) == sorted([LOSS, ACCURACY, WEIGHTS]), run.Tags()


def points(tag):
    return [(e.wall_time, e.step, tensor_util.make_ndarray(e.tensor_proto)) for e in run.Tensors(tag)]


def plugin(tag):
    return run.SummaryMetadata(tag).plugin_data.plugin_name


checked = 0
assert plugin(LOSS) == "scalars" and plugin(ACCURACY) == "scalars" and plugin(WEIGHTS) == "histograms"
for number, (time, step, value) in enumerate(points(LOSS), 1):
    assert step == number and value == np.float32(1 / number), (step, value)
    assert time == 1700000000 + 0.25 * (3 + 2 * (number - 1)), (step, time)
    checked += 1
for number, (time, step, value) in enumerate(points(ACCURACY), 1):
    assert step == number * 10**9
    assert math.isnan(value) if number == 50 else value == np.float32(number / 100), (step, value)
    checked += 1
assert checked == 200
((time, step, buckets),) = points(WEIGHTS)  # [buckets, 3]: left, right, count
assert step == 7 and buckets.shape == (30, 3), buckets.shape
assert buckets[0, 0] == -30 and buckets[-1, 1] == 30 and buckets[:, 2].sum() == 61
assert (buckets[:-1, 1] == buckets[1:, 0]).all() and (buckets[:-1, 2] == 2).all() and buckets[-1, 2] == 3
print(f"{checked} points and a histogram of {int(buckets[:, 2].sum())} values, "
      f"read by tensorboard {tensorboard.version.VERSION}")
