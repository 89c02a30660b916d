"""roofline.py OBJECTS CUOBJDUMP [--update]: reads nvcc's objects, holds their kernels to gate.json (--update writes the
figures that are there now), and prints the roofline table.
"""
import fnmatch
import json
import pathlib
import sys

import cases
import device
import gate
import sass
import table

GATE = pathlib.Path(__file__).parent / "gate.json"


def matching(kernels, name, entry):
    found = [k for k in kernels if fnmatch.fnmatchcase(k.name, entry["name"])]
    if not found:
        sys.exit(f"{name}: {entry['source']}.cu has no kernel {entry['name']}\nit has\n  " + "\n  ".join(
            sorted(k.name for k in kernels)))
    return found


def main():
    objects, tool, update = pathlib.Path(sys.argv[1]), sys.argv[2], "--update" in sys.argv
    entries, listed, found, wrong = json.loads(GATE.read_text())["kernels"], {}, {}, []
    for arch in device.LIMITS:
        for name, entry in entries.items():
            if entry.get("only", arch) != arch: continue
            source = entry["source"]
            if (source, arch) not in listed:
                listed[source, arch] = sass.kernels(tool, arch, objects / f"{source}.cu.o")
            kernels = matching(listed[source, arch], name, entry)
            figures = [gate.measured(k, entry, arch) for k in kernels]
            now = gate.worst(figures)
            found[name, arch] = kernels[max(range(len(kernels)), key=lambda i: figures[i]["instructions"])]
            print(f"{arch:7s} {name:24s} {now['registers']:3d} registers, {now['instructions']:6.2f} instructions an "
                  f"element, occupancy {now['occupancy']:.3f}, {' '.join(now['wide']) or 'nothing'} at once")
            if update: entry[arch] = {what: v for what, v in now.items() if what != "spills"}
            if arch in entry: wrong += [f"{arch} {name}: {fault}" for fault in gate.faults(now, entry[arch])]
            else: wrong.append(f"{arch} {name}: not in gate.json yet; --update writes it")
    if update:
        fields = {name: ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in e.items())
                  for name, e in entries.items()}
        GATE.write_text('{"kernels": {\n' + ",\n".join(f' "{name}": {{\n{f}}}' for name, f in fields.items()) + "}}\n")
    for name, d in device.DEVICES.items(): table.print_table(cases.calls(d.arch), found, entries, name)
    print()
    for fault in wrong: print("WORSE:", fault)
    print(f"{len(found)} kernels, {len(wrong)} figures worse than gate.json")
    sys.exit(bool(wrong))


if __name__ == "__main__": main()
