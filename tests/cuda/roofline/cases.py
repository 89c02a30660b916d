"""The calls of the roofline table: what each has to move, what the kernel that serves it moves, and how it is launched.

Which kernel serves a shape the host decides, by constants that are read from the sources; where one is renamed, or
kernels of another kind take over, this file has to follow.
"""
import dataclasses
import pathlib
import re
import sys

import device


def constant(file, name):
    path = pathlib.Path(__file__).parents[3] / "backends/cuda" / file
    match = re.search(rf"\b{name} -?= (\d+)(?: << (\d+)|LL \* block_threads)?[,;]", path.read_text())
    if not match: sys.exit(f"cases.py: {file} has no constant {name} any more: which kernel serves which shape?")
    return int(match.group(1)) << int(match.group(2) or 0)


WARP_BYTES, BLOCK_BYTES, SHARE_BYTES = (constant("reduce.cuh", f"{name}_bytes") for name in ("warp", "block", "share"))
WORDS = constant("reduce.cuh", "words")  # of 16 bytes, that a lane takes
FOR_JOINS = constant("reduce.cuh", "allowed")
LEAST_PACKED, MOST_BLOCKS = constant("walk.cuh", "least_packed"), constant("rows.cuh", "most")
BLOCK, WANTED = constant("support.cuh", "block_threads"), constant("product.cuh", "blocks_wanted")
CHUNK = constant("list.cuh", "chunk") * BLOCK  # elements of a block
DEPTH = 16  # steps of a tile's stage in tile.cuh


@dataclasses.dataclass
class Case:
    what: str
    kernel: str      # a key of gate.json's kernels
    elements: int    # units of the kernel's "per"
    must: float      # bytes that any kernel has to move
    stores: float    # bytes that this one stores
    loads: float     # bytes that it loads, each once; what several blocks load comes from L2
    blocks: int      # of the grid
    rests: float     # how often a warp executes what is around the walks
    flops: float = 0
    reads: int = 1   # how often a block loads its rows
    row: int = 0     # bytes that these are
    shared: int = 0  # dynamic, of a block
    staged: bool = False  # reads again from shared memory
    shared_times: float = 4  # that a load of 16 bytes from there takes
    kind: str = "f32"     # of the products, as device.py has their FLOPS


def up(value, unit): return -(-value // unit) * unit


def kept(rows, size, element, arch, arrays=1):
    """The team that along_kept of reduce.cuh takes for rows of so many elements, of which it keeps so many arrays, and
    its launch."""
    row, warps, clusters = size * element * arrays, BLOCK // 32, arch == "sm_90a"
    allowed = device.LIMITS[arch].most_shared - FOR_JOINS

    def slots(elements): return (elements * element + 30) // 16 * 16 * arrays

    if row <= WARP_BYTES * arrays:
        packed = size >= LEAST_PACKED
        parts, lanes = -(-size * arrays // (WORDS * 16 // element)) if packed else -(-size // 4), 8 if packed else 4
        while lanes < min(32, parts): lanes *= 2
        at_once = BLOCK // lanes
        return "warp", {"blocks": -(-rows // at_once), "rests": rows * lanes / 32, "shared": at_once * slots(size),
                        "staged": True}
    if row <= min(SHARE_BYTES if clusters else BLOCK_BYTES, allowed - 64):
        return "block", {"blocks": rows, "rests": rows * warps, "shared": slots(size), "staged": True}
    if clusters and row <= MOST_BLOCKS * (allowed - 128):
        def share(blocks): return up(-(-size // blocks), 16 // element)
        blocks = 2
        while blocks < MOST_BLOCKS and share(blocks) * element * arrays > SHARE_BYTES: blocks *= 2
        return "cluster", {"blocks": rows * blocks, "rests": rows * blocks * warps, "shared": slots(share(blocks)),
                           "staged": True}
    return "rereads", {"blocks": rows, "rests": rows * warps, "reads": 2, "row": row}


def loss(rows, classes, dtype, arch):
    size = {"bf16": 2, "f32": 4}[dtype]
    team, how = kept(rows, classes, size, arch)
    logits = rows * classes * size
    return Case(f"loss+gradient {dtype} ({rows},{classes})", f"cross_entropy {dtype} {team}", rows * classes,
                must=2 * logits + rows * (size + 8), stores=logits + rows * size, loads=logits + rows * 8,
                flops=12 * rows * classes, **how)


def softmax(rows, classes, arch):
    team, how = kept(rows, classes, 4, arch)
    size = rows * classes
    return Case(f"softmax f32 ({rows},{classes})", f"softmax f32 {team}", size, must=8 * size, stores=4 * size,
                loads=4 * size, flops=10 * size, **how)


def total(rows, columns):
    return Case(f"sum f32 ({rows},{columns})", "sum f32 block", rows * columns, must=4 * rows * (columns + 1),
                stores=4 * rows, loads=4 * rows * columns, flops=rows * columns, blocks=rows,
                rests=rows * BLOCK // 32)


def mapped(name, kernel, size, inputs):
    groups = size // 4  # of 16 bytes, one a thread
    return Case(f"{name} f32 of {size >> 20}M", kernel, size, must=4 * size * (inputs + 1), stores=4 * size,
                loads=4 * size * inputs, blocks=-(-groups // BLOCK), rests=groups / 32, flops=size)


def adam(size):
    return Case(f"adam f32 of {size >> 20}M", "adam f32", size, must=28 * size, stores=12 * size, loads=16 * size,
                blocks=-(-size // CHUNK), rests=-(-size // CHUNK) * BLOCK // 32, flops=15 * size)


def gather(rows, width):
    size = rows * width
    return Case(f"gather f32, {rows} rows of {width}", "gather 16 bytes", size, must=8 * size + 8 * rows,
                stores=4 * size, loads=4 * size + 8 * rows, blocks=-(-size // 4 // BLOCK), rests=size / 4 / 32)


def matmul(m, n, k, kind="f32"):
    """Tiles of 128, or of 64 where those are few; then, not here, k in pieces."""
    side = 128
    while side > 64 and -(-m // side) * -(-n // side) < WANTED: side //= 2
    tiles = -(-m // side) * -(-n // side)
    operands, outputs = 4 * (m * k + k * n), 4 * m * n
    steps = -(-k // DEPTH) if kind == "f32" else 1  # around the chains' loop there is that of the stages
    # a warp reads 2 quads of a and 16 of b: 32 and 256 bytes, which take one time and two
    return Case(f"matmul {kind} {m}x{n}x{k}", f"matmul {kind} {side}", m * n * k, must=operands + outputs,
                stores=outputs, loads=operands, blocks=tiles, rests=tiles * steps * BLOCK // 32, flops=2 * m * n * k,
                kind=kind, shared_times=1.5)


def calls(arch):
    """For kernels of this architecture: where its limits decide, a call may be another kernel's."""
    shapes = ((32768, 1024), (16384, 32768), (8192, 50257), (8192, 128256), (8192, 256000))
    return [*(loss(rows, classes, dtype, arch) for rows, classes in shapes for dtype in ("bf16", "f32")),
            softmax(32768, 1024, arch), softmax(8192, 50257, arch), total(8192, 8192),
            mapped("add", "add f32", 1 << 26, 2), mapped("relu", "relu f32", 1 << 26, 1), adam(1 << 20),
            gather(32768, 1024), matmul(1024, 1024, 1024), matmul(128, 256, 784),
            *(matmul(4096, 4096, 4096, kind) for kind in ("f32", "tf32", "bf16"))]
