"""What nvcc has made of a kernel, read from cuobjdump's listings: instructions, registers, shared memory and threads.
flow.py finds its loops.
"""
import collections
import re
import subprocess

import flow

# Which pipe of a multiprocessor executes an instruction, by its first word.
PIPES = {
    "f32": "FFMA FADD FMUL",
    "alu": "FMNMX FSETP FSEL FSET FCHK IADD3 LOP3 SHF ISETP LEA PRMT SEL IABS IMNMX VIADD VIMNMX VIADDMNMX MOV PLOP3 "
           "P2R R2P SGXT BMSK F2FP",
    "imad": "IMAD",
    "f64": "DFMA DADD DMUL DSETP DMNMX",
    "half": "HADD2 HFMA2 HMUL2 HSETP2 HMNMX2",
    "special": "MUFU POPC FLO BREV I2F F2I I2I FRND F2F I2FP",
    "tensor": "HMMA IMMA DMMA HGMMA",
    "lsu": "LDG STG LD ST LDS STS LDSM LDGSTS UBLKCP SHFL ATOM ATOMG ATOMS RED SYNCS MATCH",
}
PIPE = {op: pipe for pipe, ops in PIPES.items() for op in ops.split()}
GLOBAL_LOADS, STORES, SHARED = ("LDG", "LD", "LDGSTS"), ("STG", "ST"), flow.SHARED
LOADS = GLOBAL_LOADS + ("LDS",)


class Instruction:
    """`text` as cuobjdump prints it, `op` with its modifiers, `at` its address."""

    def __init__(self, at, text):
        self.at, self.text = at, text
        match = re.match(r"(@!?U?P\w+ +)?(\S+)", text)
        self.predicated, self.op = bool(match.group(1)), match.group(2).rstrip(";")
        self.head = self.op.split(".")[0]
        leaps = self.head in ("BRA", "JMP", "BSSY") or self.head == "CALL" and self.predicated  # such calls leave loops
        jump = re.search(r"0x([0-9a-f]+)$", text) if leaps else None
        self.target = int(jump.group(1), 16) if jump else None
        barrier = re.search(r"\bB\d+\b", text) if self.head in ("BSSY", "BSYNC") else None
        self.barrier = barrier.group() if barrier else None
        self.pipe = PIPE.get(self.head, "other")
        self.bytes = self._bytes() if self.head in LOADS + STORES + SHARED else 0  # of an access, per thread

    def _bytes(self):
        width = re.search(r"\.(128|64|U8|S8|U16|S16)\b", self.op)
        return {"128": 16, "64": 8, "U8": 1, "S8": 1, "U16": 2, "S16": 2}[width.group(1)] if width else 4

    def __repr__(self): return f"{self.at:04x} {self.text}"


class Kernel:
    def __init__(self, name, code):
        self.name, self.code = name, code
        self.registers = self.shared = self.threads = 0  # shared: static
        self.spills = sum(i.head in ("LDL", "STL") for i in code)
        self.graph = flow.Graph(code)

    def walks(self): return self.graph.walks()


def listing(tool, arch, option, path):
    return subprocess.run([tool, "-arch", arch, option, path], check=True, capture_output=True, text=True).stdout


def readable(mangled):
    """Demangled, without the namespaces and the signature: along_rows<BlockTeam, LossRows<__nv_bfloat16, ...>>."""
    text = subprocess.run(["c++filt"], input="\n".join(mangled), check=True, capture_output=True, text=True).stdout
    names = {}
    for name, full in zip(mangled, text.splitlines()):
        full = re.sub(r"logitape_cuda::|_GLOBAL__N__\w+::|\(anonymous namespace\)::|^void ", "", full)
        depth, end = 0, len(full)
        for at, c in enumerate(full):
            depth += (c == "<") - (c == ">")
            if c == "(" and depth == 0:
                end = at
                break
        names[name] = full[:end]
    return names


def kernels(tool, arch, path):
    """Every kernel of an object file for one architecture."""
    codes, name = collections.OrderedDict(), None
    for line in listing(tool, arch, "-sass", path).splitlines():
        if "Function : " in line: codes[name := line.split(" : ")[1].strip()] = []
        elif name and (match := re.match(r"\s+/\*([0-9a-f]{4,})\*/\s+(.*?) *;", line)):
            codes[name].append(Instruction(int(match.group(1), 16), match.group(2)))
    names = readable(list(codes))
    found = {mangled: Kernel(names[mangled], code) for mangled, code in codes.items()}
    for line in listing(tool, arch, "-res-usage", path).splitlines():
        if match := re.match(r"\s*Function (\S+):", line): name = match.group(1)
        if match := re.search(r"REG:(\d+) STACK:\d+ SHARED:(\d+)", line):
            found[name].registers, found[name].shared = map(int, match.groups())
    for line in listing(tool, arch, "-elf", path).splitlines():
        if match := re.match(r"\.nv\.info\.(\S+)", line): name, wanted = match.group(1), False
        if "EIATTR_" in line: wanted = "EIATTR_MAX_THREADS" in line
        if (match := re.match(r"\s*Value:\s*0x(\w+) 0x(\w+) 0x(\w+)", line)) and wanted and name in found:
            x, y, z = (int(v, 16) for v in match.groups())
            found[name].threads = x * y * z
    return list(found.values())
