"""The calls of the roofline table: what each has to move, what the kernel that serves it moves, and how it is launched.

Which kernel serves a shape the host decides, by constants that are read from the sources; where one is renamed, or
kernels of another kind take over, this file has to follow.
"""
import dataclasses
import pathlib
import re
import sys


def constant(file, name):
    path = pathlib.Path(__file__).parents[3] / "backends/cuda" / file
    match = re.search(rf"\b{name} = (\d+)(?: << (\d+))?[,;]", path.read_text())
    if not match: sys.exit(f"cases.py: {file} has no constant {name} any more: which kernel serves which shape?")
    return int(match.group(1)) << int(match.group(2) or 0)


WARP_ROW, MOST_SHARED = constant("reduce.cuh", "warp_row"), constant("cross_entropy.cu", "most_shared")
TILE, DEPTH, BLOCK = (constant(f, n) for f, n in (("tile.cuh", "tile_side"), ("tile.cuh", "tile_depth"),
                                                  ("support.cuh", "block_threads")))


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


def teams(team, rows, row_bytes):
    """Blocks of 8 rows, a warp each, or of one."""
    if team == "warp": return {"row": 8 * row_bytes, "blocks": -(-rows // 8), "rests": rows}
    return {"row": row_bytes, "blocks": rows, "rests": rows * BLOCK // 32}


def loss(rows, classes, dtype):
    size = {"bf16": 2, "f32": 4}[dtype]
    logits, row = rows * classes * size, classes * size
    team = "warp" if classes <= WARP_ROW else "block"
    staged = team == "block" and row <= MOST_SHARED
    return Case(f"loss+gradient {dtype} ({rows},{classes})", f"cross_entropy {dtype} {team}", rows * classes,
                must=2 * logits + rows * (size + 8), stores=logits + rows * size, loads=logits + rows * 8,
                reads=1 if staged else 3, shared=row if staged else 0, staged=staged, flops=12 * rows * classes,
                **teams(team, rows, row))


def softmax(rows, classes):
    team = "warp" if classes <= WARP_ROW else "block"
    size = rows * classes
    return Case(f"softmax f32 ({rows},{classes})", f"softmax f32 {team}", size, must=8 * size, stores=4 * size,
                loads=4 * size, reads=3, flops=10 * size, **teams(team, rows, 4 * classes))


def total(rows, columns):
    return Case(f"sum f32 ({rows},{columns})", "sum f32 block", rows * columns, must=4 * rows * (columns + 1),
                stores=4 * rows, loads=4 * rows * columns, flops=rows * columns, **teams("block", rows, 4 * columns))


def mapped(name, kernel, size, inputs):
    groups = size // 4  # of 16 bytes, one a thread
    return Case(f"{name} f32 of {size >> 20}M", kernel, size, must=4 * size * (inputs + 1), stores=4 * size,
                loads=4 * size * inputs, blocks=-(-groups // BLOCK), rests=groups / 32, flops=size)


def adam(size):
    return Case(f"adam f32 of {size >> 20}M", "adam f32", size, must=28 * size, stores=12 * size, loads=16 * size,
                blocks=-(-size // BLOCK), rests=size / 32, flops=15 * size)


def gather(rows, width):
    size = rows * width
    return Case(f"gather f32, {rows} rows of {width}", "gather 4 bytes", size, must=8 * size + 8 * rows,
                stores=4 * size, loads=4 * size + 8 * rows, blocks=-(-size // BLOCK), rests=size / 32)


def matmul(m, n, k):
    tiles = -(-m // TILE) * -(-n // TILE)
    operands, outputs = 4 * (m * k + k * n), 4 * m * n
    return Case(f"matmul f32 {m}x{n}x{k}", "matmul f32", m * n * k, must=operands + outputs, stores=outputs,
                loads=operands, blocks=tiles, rests=tiles * -(-k // DEPTH) * BLOCK // 32, flops=2 * m * n * k)


def calls(arch):
    """For kernels of this architecture: where its limits decide, a call may be another kernel's."""
    shapes = ((32768, 1024), (16384, 32768), (8192, 50257), (8192, 128256), (8192, 256000))
    return [*(loss(rows, classes, dtype) for rows, classes in shapes for dtype in ("bf16", "f32")),
            softmax(32768, 1024), softmax(8192, 50257), total(8192, 8192), mapped("add", "add f32", 1 << 26, 2),
            mapped("relu", "relu f32", 1 << 26, 1), adam(1 << 20), gather(32768, 1024), matmul(1024, 1024, 1024),
            matmul(128, 256, 784)]
