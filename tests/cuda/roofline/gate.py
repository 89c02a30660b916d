"""What a kernel's figures are, and which of them are worse than gate.json holds.

gate.json, by a name of ours: "source", the .cu; "name", a pattern for demangled names (of several kernels the worst
figure counts, none is an error); "per", what is an element: bytes loaded or stored, or instructions of a name. "takes":
rows, where each walk that loads is executed and then the longest of those that store; single, where one walk is, by a
thread that does one step: that of the fewest elements and, of those, of the most bytes. "path": shortest, where the
longest is that of broadcasts or of the label; dividing, where all elements are divided. "shared": dynamic shared memory
of a block. "only": one architecture.
"""
import re

import device
import sass


def elements_of(path, per):
    """How many elements a thread takes in on this path."""
    (how, unit), = per.items()
    if how not in ("load", "store"): return sum(i.head == how for i in path) / unit
    accesses = [i for i in path if i.head in (sass.LOADS if how == "load" else sass.STORES)]
    sure = [i.bytes for i in accesses if not i.predicated] or [i.bytes for i in accesses]
    return sum(size for size in sure if size == max(sure)) / unit  # others are edges, second words, or labels


def gathers(path):
    """Whether a thread reads four neighbouring words: what others have left for it, not its part of a row."""
    places = {tuple(re.search(r"\[(\w+)(?:\+(0x[0-9a-f]+))?\]", i.text).groups("0x0")) for i in path
              if i.head == "LDS" and i.bytes == 16 and re.search(r"\[\w+(\+0x[0-9a-f]+)?\]", i.text)}
    return any(all((base, f"{int(at, 16) + 16 * n:#x}") in places for n in range(4)) for base, at in places)


def stores(path): return any(i.head in sass.STORES for i in path)


def steps(kernel, entry):
    """[(path, elements)] of what a call executes, and the path of the rest, which is around."""
    walks, rest = kernel.walks()
    paths = [w.path(entry.get("path", "longest")) for w in walks or [rest]]
    counted = [(p, elements_of(p, entry["per"])) for p in paths if "load" not in entry["per"] or not gathers(p)]
    found = [(p, n) for p, n in counted if n > 0]
    if not found: raise SystemExit(f"{kernel.name}: no loop of it counts {entry['per']}")
    if entry["takes"] == "single":
        fewest = min(n for _, n in found)
        found = [max((f for f in found if f[1] == fewest), key=lambda f: (sum(i.bytes for i in f[0]), len(f[0])))]
    storing = [f for f in found if stores(f[0])]
    last = [max(storing, key=lambda f: len(f[0]) / f[1])] if storing else []
    beside, around = [], "around"
    if not {"load", "store"} & set(entry["per"]):
        # where instructions are counted, a loop without any brings what the others need: at least one step of it
        beside, around = max((p for p, n in counted if n == 0), key=len, default=[]), "shortest"
    return [f for f in found if not stores(f[0])] + last, rest.path(around) + beside if walks else []


def measured(kernel, entry, arch):
    path = steps(kernel, entry)[0]
    shared = kernel.shared + entry.get("shared", 0)
    return {"registers": kernel.registers, "spills": kernel.spills,
            "instructions": round(sum(len(p) / n for p, n in path), 2),
            "occupancy": round(device.occupancy(arch, kernel.registers, kernel.threads, shared), 3),
            "wide": sorted({f"{i.head}.128" for p, _ in path for i in p if i.bytes == 16})}


def worst(figures):
    return {"wide": sorted(set.intersection(*(set(f["wide"]) for f in figures))),
            "occupancy": min(f["occupancy"] for f in figures),
            **{what: max(f[what] for f in figures) for what in ("registers", "spills", "instructions")}}


def faults(now, held):
    """What is worse than the gate holds, in words."""
    if now["spills"]: yield f"{now['spills']} instructions spill registers"
    for what in ("registers", "instructions"):
        more = now[what] - held[what]
        if more > 0.005: yield f"{what} {now[what]:g}, {more:.4g} more than {held[what]:g}"
    less = held["occupancy"] - now["occupancy"]
    if less > 0.0005: yield f"occupancy {now['occupancy']:g}, {less:.3g} less than {held['occupancy']:g}"
    for access in held["wide"]:
        if access not in now["wide"]: yield f"no {access}: accesses of 16 bytes are gone"
