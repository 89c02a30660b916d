"""known.py OBJECTS CUOBJDUMP: what sass.py reads of the kernels of known.cu, and device.py's count of blocks beside the
toolkit's cuda_occupancy.h."""
import itertools
import pathlib
import subprocess
import sys

import device
import gate
import sass

wrong = 0


def expect(holds, what):
    global wrong
    wrong += not holds
    if not holds: print("NOT RIGHT:", what)


def try_kernels(arch):
    found = {k.name: k for k in sass.kernels(sys.argv[2], arch, pathlib.Path(sys.argv[1]) / "known.cu.o")}
    expect({k: v.threads for k, v in found.items()} == {"wide": 128, "narrow": 256, "two_walks": 64, "spills": 1024},
           f"{arch}: threads {found}")

    def figures(name, per): return gate.measured(found[name], {"per": per, "takes": "rows"}, arch)
    wide, narrow = figures("wide", {"load": 4}), figures("narrow", {"store": 4})
    expect(wide["wide"] == ["LDG.128", "STG.128"] and not narrow["wide"], f"{arch}: widths {wide} {narrow}")
    # a load, 4 additions, a store, two addresses of 64 bits, a step, a comparison and a branch; then one addition
    expect(3 <= wide["instructions"] <= 5 and 9 <= narrow["instructions"] <= 17, f"{arch}: lengths {wide} {narrow}")
    additions = [sum(i.head == "FADD" for i in found[n].walks()[0][0].path()) for n in ("wide", "narrow")]
    expect(additions == [4, 1], f"{arch}: additions {additions}")
    walks, rest = found["two_walks"].walks()
    paths = [w.path() for w in walks]
    expect(len(walks) == 2, f"{arch}: walks {walks}")
    expect([sum(i.head == "LDG" and i.bytes == 16 for i in p) for p in paths] == [1, 1], f"{arch}: loads of {paths}")
    expect(sorted(sum(i.head == "STG" for i in p) for p in paths) == [0, 1], f"{arch}: stores of {paths}")
    expect(not any("RCP" in i.op for p in paths for i in p), f"{arch}: a rare division is on the path")
    expect({"LDS", "STS"} <= {i.head for i in rest.path()}, f"{arch}: the rest {rest.path()}")
    expect(found["two_walks"].shared >= 256, f"{arch}: shared memory {found['two_walks'].shared}")
    expect(found["spills"].spills > 0 and not wide["spills"], f"{arch}: spills {found['spills'].spills}")
    held = {**wide, "registers": wide["registers"] - 1, "instructions": wide["instructions"] - 0.5, "occupancy": 1.5,
            "wide": ["LDG.128", "LDG.256"]}
    expect(len(list(gate.faults({**wide, "spills": 2}, held))) == 5, f"{arch}: the gate lets something pass")
    expect(not list(gate.faults(wide, wide)), f"{arch}: the gate finds fault with itself")


def try_occupancy():
    asked = [a for a in itertools.product((8, 9), range(16, 256, 7), (32, 64, 96, 128, 256, 384, 512, 1024),
                                          (0, 256, 1280, 9344), (0, 20000, 50000, 98304, 150000))
             if a[1] * a[2] <= 65536]
    lines = "\n".join(" ".join(map(str, a)) for a in asked)
    theirs = subprocess.run([f"{sys.argv[1]}/occupancy"], input=lines, capture_output=True, text=True).stdout.split()
    expect(len(theirs) == len(asked), "the toolkit answers")
    for (major, registers, threads, fixed, dynamic), blocks in zip(asked, theirs):
        ours = device.blocks_resident("sm_80" if major == 8 else "sm_90a", registers, threads, fixed + dynamic)
        expect(ours == int(blocks), f"blocks of {major} {registers} {threads} {fixed} {dynamic}: {ours}, not {blocks}")
    return len(asked)


for arch in device.LIMITS: try_kernels(arch)
print(f"listings read as known; {try_occupancy()} occupancies as cuda_occupancy.h has them; {wrong} not right")
sys.exit(bool(wrong))
