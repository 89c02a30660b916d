"""serve.py LIBRARY FOLDER: the five functions by ctypes, as train/serve/README.md has them, on models.cpp's files."""
import ctypes
import math
import sys

library, folder = sys.argv[1:]
lt = ctypes.CDLL(library)
lt.logitape_load.restype = ctypes.c_void_p
lt.logitape_error.restype = ctypes.c_char_p
lt.logitape_free.argtypes = [ctypes.c_void_p]
lt.logitape_predict.argtypes = [
    ctypes.c_void_p, ctypes.POINTER(ctypes.c_double), ctypes.c_size_t, ctypes.c_size_t,
    ctypes.POINTER(ctypes.c_float), ctypes.c_size_t, ctypes.POINTER(ctypes.c_int)]


class Shape(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("inputs", ctypes.c_size_t), ("classes", ctypes.c_size_t),
                ("class_names", ctypes.POINTER(ctypes.c_char_p)), ("input_names", ctypes.POINTER(ctypes.c_char_p)),
                ("category_counts", ctypes.POINTER(ctypes.c_size_t)),
                ("categories", ctypes.POINTER(ctypes.POINTER(ctypes.c_char_p)))]


lt.logitape_describe.argtypes = [ctypes.c_void_p, ctypes.POINTER(Shape)]
assert lt.logitape_load(b"nowhere.safetensors") is None
assert b"nowhere.safetensors" in lt.logitape_error(), lt.logitape_error()
model = lt.logitape_load(f"{folder}/table.safetensors".encode())
assert model, lt.logitape_error()
shape = Shape(size=ctypes.sizeof(Shape))
assert lt.logitape_describe(model, shape) == 0, lt.logitape_error()
names = [shape.class_names[c].decode() for c in range(shape.classes)]
assert names == ["no", "yes", "\u00e9"], names
colours = [shape.categories[1][k].decode() for k in range(shape.category_counts[1])]
assert colours == ["red", "", "blue"], colours

rows = [1.5, 0, math.nan, 2, 9, 7, 2, math.nan, -3, 0]
count = len(rows) // shape.inputs
probabilities = (ctypes.c_float * (count * shape.classes))()
best = (ctypes.c_int * count)()
assert lt.logitape_predict(model, (ctypes.c_double * len(rows))(*rows), count, shape.inputs, probabilities,
                           shape.classes, best) == 0, lt.logitape_error()
expected = [line.split() for line in open(f"{folder}/expected.txt")]
for i, line in enumerate(expected):
    of_row = probabilities[i * shape.classes:(i + 1) * shape.classes]
    assert of_row == [ctypes.c_float(float(p)).value for p in line[:-1]], (i, of_row, line)
    assert best[i] == int(line[-1]), (i, best[i], line)
lt.logitape_free(model)
