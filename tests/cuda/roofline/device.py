"""What two GPUs can do, and how many blocks of a kernel one of their multiprocessors holds.

Sources. CUDA C++ Programming Guide, "Technical Specifications per Compute Capability": registers, warps, blocks and
shared memory of a multiprocessor; "Arithmetic Instructions", the table of throughputs: results a clock. Data sheets of
NVIDIA's H200 SXM and A100 80GB SXM: bandwidth and FLOPS; their whitepapers: multiprocessors, boost clock, L2.
cuda_occupancy.h of the toolkit: the units in which registers and shared memory are given out.
Not NVIDIA's, but assumed until a GPU has measured them: a device copy reaches 0.9 of the data sheet's bandwidth; a load
takes 600 clocks from memory and 300 from L2; conversions and roundings go at the rate of special functions.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Multiprocessor:
    """Limits of a compute capability. Results a clock by pipe are of all its four parts together."""
    shared: int        # bytes for all blocks
    rates: dict
    registers: int = 65536
    warps: int = 64
    blocks: int = 32
    parts: int = 4          # each issues one warp's instruction a clock
    register_unit: int = 256  # of a warp
    shared_unit: int = 128
    reserved: int = 1024      # bytes of shared memory that the system takes for each block

    @property
    def most_shared(self): return self.shared - self.reserved  # of a block


_RATES = {"alu": 64, "imad": 64, "special": 16, "lsu": 32, "other": 128}
LIMITS = {
    "sm_80": Multiprocessor(164 << 10, {**_RATES, "f32": 64, "f64": 32, "half": 256, "tensor": 16}),
    "sm_90a": Multiprocessor(228 << 10, {**_RATES, "f32": 128, "f64": 64, "half": 256, "tensor": 32}),
}


@dataclasses.dataclass(frozen=True)
class Device:
    arch: str
    multiprocessors: int
    clock: float  # 1/s
    peak: float   # bytes/s
    copy: float   # bytes/s that a device copy reads and writes
    l2: int
    f32: float    # FLOP/s
    bf16: float   # of tensor cores, dense; wgmma's, which mma.sync does not reach
    tf32: float
    memory_latency: int = 600
    l2_latency: int = 300

    @property
    def limits(self): return LIMITS[self.arch]


DEVICES = {
    "H200": Device("sm_90a", 132, 1.98e9, 4.8e12, 4.3e12, 50 << 20, 67e12, 989e12, 494e12),
    "A100-80": Device("sm_80", 108, 1.41e9, 2.0e12, 1.8e12, 40 << 20, 19.5e12, 312e12, 156e12),
}


def _up(value, unit): return (value + unit - 1) // unit * unit


def blocks_resident(arch, registers, threads, shared):
    """How many blocks a multiprocessor holds; `shared` is static and dynamic shared memory of one."""
    m, warps = LIMITS[arch], (threads + 31) // 32
    of_warp = _up(max(registers, 1) * 32, m.register_unit)
    by_registers = m.registers // m.parts // of_warp * m.parts // warps
    by_shared = m.shared // _up(shared + m.reserved, m.shared_unit)
    return min(m.blocks, m.warps // warps, by_registers, by_shared)


def occupancy(arch, registers, threads, shared):
    """The share of a multiprocessor's warps that are there."""
    return blocks_resident(arch, registers, threads, shared) * ((threads + 31) // 32) / LIMITS[arch].warps
