# Writes with TensorFlow the records that tests/train/event_writer.cpp compares ours with: hexadecimal, a line each.
import os
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

Event, Summary = tf.compat.v1.Event, tf.compat.v1.Summary
histogram = tf.compat.v1.HistogramProto(
    min=-1.5, max=2.5, num=4, sum=2.0, sum_squares=10.5,
    bucket_limit=[-0.5, 0.5, 1.5, 2.5], bucket=[1.0, 1.0, 1.0, 1.0])
loss = Summary.Value(tag="loss/training", simple_value=0.625)
events = [
    Event(wall_time=1700000000.25, file_version="brain.Event:2"),
    Event(wall_time=1700000001.5, step=300, summary=Summary(value=[loss])),
    Event(wall_time=1700000002.0, summary=Summary(value=[Summary.Value(tag="accuracy", simple_value=0.0)])),
    Event(wall_time=1700000003.0, step=-1, summary=Summary(value=[Summary.Value(tag="weights/é", histo=histogram)])),
]
path = os.path.join(tempfile.mkdtemp(), "records")
for event in events:
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(event.SerializeToString())
    with open(path, "rb") as file:
        print(file.read().hex())
print("TensorFlow", tf.__version__, file=sys.stderr)
