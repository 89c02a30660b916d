"""exchange.py PROGRAM LIBRARY FOLDER: PROGRAM reads and writes what NumPy and safetensors write, bit for bit."""
import csv
import ctypes
import gzip
import os
import struct
import subprocess
import sys

import numpy as np
import safetensors.numpy

program, library, folder = sys.argv[1:]
there, back = os.path.join(folder, "in"), os.path.join(folder, "out")
for path in (there, back):
    os.makedirs(path, exist_ok=True)
rng = np.random.default_rng(5)

KEPT = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1"]
WIDENED = {"u2": "i4", "u4": "i8", "u8": "i8"}
SHAPES = [(), (1,), (7,), (3, 5), (0, 4), (2, 3, 4), (2, 1, 3, 2)]
expected = {}  # file -> array


def values(code, shape):
    if code[0] == "f":
        a = rng.standard_normal(shape) * 100
        if a.size > 2:
            a.flat[:3] = [np.nan, -0.0, np.inf]
        return a.astype(code)
    if code == "b1":
        return rng.integers(0, 2, shape).astype(bool)
    top = np.iinfo(code)
    dtype = np.int64 if top.min < 0 else np.uint64
    return rng.integers(top.min, min(top.max, 2**63 - 1), shape, dtype=dtype, endpoint=True).astype(code)


def write_arrays():
    for code in KEPT + list(WIDENED):
        for shape in SHAPES:
            a = np.asarray(values(code, shape))
            name = f"{code}_{'x'.join(map(str, shape))}"
            forms = {"c": a, "big": a.astype(a.dtype.newbyteorder(">")), "fortran": np.array(a, order="F")}
            for form, stored in forms.items():
                np.save(os.path.join(there, f"{name}_{form}.npy"), stored)
                expected[f"{name}_{form}.npy.npy"] = a.astype(WIDENED.get(code, code))
    for version in ((1, 0), (2, 0), (3, 0)):
        a = values("f4", (4, 2))
        with open(os.path.join(there, f"version{version[0]}.npy"), "wb") as f:
            np.lib.format.write_array(f, a, version=version)
        expected[f"version{version[0]}.npy.npy"] = a
    a = values("f8", (50, 3))
    with gzip.open(os.path.join(there, "packed.npy.gz"), "wb") as f:
        np.save(f, a)
    expected["packed.npy.gz.npy"] = a
    several = {"x": np.zeros((500, 8), "f4"), "noise": values("f8", (300, 3)), "y": values("u1", (500,))}
    for name, save in (("stored.npz", np.savez), ("deflated.npz", np.savez_compressed)):
        save(os.path.join(there, name), **several)
        expected.update({f"{name}.{k}.npy": v for k, v in several.items()})
    tensors = {code: np.ascontiguousarray(values(code, (3, 4))) for code in KEPT}
    safetensors.numpy.save_file(tensors, os.path.join(there, "t.safetensors"))
    expected.update({f"t.safetensors.{code}.npy": a for code, a in tensors.items()})
    return {"stored.npz": several, "deflated.npz": several, "t.safetensors": tensors}


def write_idx():
    for code, magic in {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}.items():
        a = values(code, (5, 4, 3))
        data = struct.pack(">BBBB3I", 0, 0, magic, 3, *a.shape) + a.astype(a.dtype.newbyteorder(">")).tobytes()
        for name, opener in ((f"{code}.idx", open), (f"{code}.idx.gz", gzip.open)):
            with opener(os.path.join(there, name), "wb") as f:
                f.write(data)
            expected[name + ".npy"] = a


def write_tables():
    rows = [["number", 'a "text", or two', "other"]]
    for i in range(300):
        text = "".join(rng.choice(list('ab,;"\n é'), rng.integers(1, 9)))
        number = rng.standard_normal() * 10.0 ** rng.integers(-300, 300)
        rows.append([repr(float(number)), "x" + text + "x", f"row {i % 7}"])
    tables = (("excel.csv", open, {}), ("unix.csv", open, {"dialect": "unix"}), ("packed.csv.gz", gzip.open, {}))
    for name, opener, dialect in tables:
        with opener(os.path.join(there, name), "wt", newline="", encoding="utf-8") as f:
            csv.writer(f, **dialect).writerows(rows)
    return rows


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def compare(archives, rows):
    wrong = []
    for name, a in expected.items():
        if not same(np.load(os.path.join(back, name)), np.ascontiguousarray(a).reshape(a.shape)):
            wrong.append(name)
    for name, arrays in archives.items():
        loaded = safetensors.numpy.load_file(os.path.join(back, name + ".safetensors"))
        wrong += [f"{name}.safetensors: {k}" for k in arrays if not same(loaded[k], arrays[k])]
    parsed = lambda table: [table[0], [[float(r[0])] + r[1:] for r in table[1:]]]
    for name in ("excel.csv", "unix.csv", "packed.csv.gz"):
        with open(os.path.join(back, name), newline="", encoding="utf-8") as f:
            read = list(csv.reader(f))
        equal = parsed(read) == parsed(rows)
        wrong += [] if equal else [name]
    return wrong


class Capsule:
    """What numpy.from_dlpack asks for, around a DLManagedTensor*."""

    def __init__(self, pointer):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        self.capsule = new(pointer, b"dltensor", None)

    def __dlpack__(self, **_):
        return self.capsule

    def __dlpack_device__(self):
        return (1, 0)


def exchange_dlpack():
    lib = ctypes.CDLL(library)
    lib.hand_out.restype = lib.bytes_of_held.restype = ctypes.c_void_p
    lib.take_in.restype, lib.take_in.argtypes = ctypes.c_double, [ctypes.c_void_p]
    a = np.from_dlpack(Capsule(lib.hand_out(3, 4)))
    lib.let_go()  # NumPy still holds the bytes
    assert np.array_equal(a, np.arange(12, dtype="f4").reshape(3, 4)), a
    assert not a.flags.writeable
    a = np.from_dlpack(Capsule(lib.hand_out(3, 4)))
    assert a.ctypes.data == lib.bytes_of_held(), "copied"
    del a

    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    rename = ctypes.pythonapi.PyCapsule_SetName
    rename.argtypes = [ctypes.py_object, ctypes.c_char_p]
    used = ctypes.c_char_p(b"used_dltensor")
    for code in KEPT[:8]:
        matrix = np.arange(24, dtype=code).reshape(4, 6)
        for b in (matrix, matrix.T, np.arange(48, dtype=code)[::2]):
            before = sys.getrefcount(b)
            capsule = b.__dlpack__()
            total = lib.take_in(pointer(capsule, b"dltensor"))
            rename(capsule, used)
            assert total == float(b.astype("f8").sum()), (code, total)
            shared = lib.bytes_of_held() == b.ctypes.data
            assert shared == b.flags.c_contiguous, (code, b.strides)
            lib.let_go()
            del capsule
            assert sys.getrefcount(b) == before, "NumPy's array was not let go"


archives = write_arrays()
write_idx()
rows = write_tables()
print(subprocess.run([program, there, back], check=True, capture_output=True, text=True).stdout, end="")
wrong = compare(archives, rows)
for name in wrong:
    print("came back otherwise:", name)
exchange_dlpack()
print(f"NumPy {np.__version__}, safetensors {safetensors.__version__}: {len(expected)} arrays and 3 tables came back, "
      f"{len(wrong)} otherwise; DLPack both ways")
sys.exit(bool(wrong))
