"""The roofline table: for each call of cases.py the time that each limit asks for, which is the longest, and why.

memory: bytes over what a copy reaches; rows that are read again come from L2 if those of all blocks fit half of it.
issue: instructions over four a clock and multiprocessor. A pipe: results over its rate. latency, by Little's law: a
warp waits for what an iteration has asked for, so that the threads that are there bound the bytes under way. These are
bounds: none counts what the others do not hide, the tail of a grid, or a launch, some 3 us.
"""
import device
import gate
import sass


def wait(case, path, number, fits, d):
    """Clocks of latency that an iteration of walk `number` waits."""
    if not any(i.head in sass.GLOBAL_LOADS for i in path) or case.staged and number > 0: return 0
    if any(i.head == "LDGSTS" for i in path): return 0  # asynchronous: all of a row are under way together
    return d.memory_latency if number == 0 or not fits else d.l2_latency


def limits(case, kernel, entry, d):
    """Seconds by limit, and figures that say why."""
    path, rest = gate.steps(kernel, entry)
    if not case.staged: path = [s for s in path if not any(i.head == "STS" for i in s[0])] or path
    resident = device.blocks_resident(d.arch, kernel.registers, kernel.threads, kernel.shared + case.shared)
    busy = min(d.multiprocessors, case.blocks)
    threads = busy * min(resident, -(-case.blocks // busy)) * kernel.threads
    fits = case.row * busy * resident <= d.l2 / 2
    moved = case.stores + case.loads * (1 if fits else case.reads)

    def executed(cost):
        """By threads: the sum of cost(instruction)."""
        return (sum(case.elements / n * sum(map(cost, p)) for p, n in path) + 32 * case.rests * sum(map(cost, rest)))

    idle = {i.at for p, _ in path if any(j.bytes == 16 for j in p) for i in p if i.predicated and 0 < i.bytes < 16}
    joins = {i.at for i in rest if i.head == "LDS"}  # all threads read the same

    def times(i):  # an access of 16 bytes takes the time of four
        if i.at in idle or i.at in joins: return i.at in joins
        return case.shared_times if i.head == "LDS" and i.bytes == 16 else max(1, i.bytes / 4)

    def seconds(pipe, rate): return executed(lambda i: times(i) * (i.pipe == pipe)) / rate / busy / d.clock

    pipes = {pipe: seconds(pipe, rate) for pipe, rate in d.limits.rates.items()}
    waits = sum(case.elements / n * wait(case, p, number, fits, d) for number, (p, n) in enumerate(path))
    if waits == 0: waits = 32 * case.rests * (d.memory_latency if case.staged else d.l2_latency)  # once around each row
    instructions = executed(lambda i: 1)
    pipe = max(pipes, key=pipes.get)
    return {"memory": moved / d.copy, "issue": instructions / 32 / d.limits.parts / busy / d.clock, pipe: pipes[pipe],
            "latency": waits / threads / d.clock, "flops": case.flops / getattr(d, case.kind)}, {
                "moved": moved, "instructions": instructions / case.elements, "busy": busy, "fits": fits, "pipe": pipe,
                "under_way": threads / busy * 16 / 1024}


def why(case, time, said, d):
    bound = max(time, key=time.get)
    copy = case.must / d.copy
    if said["busy"] < d.multiprocessors: return f"{said['busy']} blocks for {d.multiprocessors} multiprocessors"
    if bound == "issue":
        budget = max(copy, time["flops"]) * d.multiprocessors * d.clock * d.limits.parts * 32 / case.elements
        return f"{said['instructions']:.3g} instructions an element; {budget:.2g} would keep up"
    if bound == "latency": return f"at most {said['under_way']:.0f} KB a multiprocessor are under way"
    if bound == "memory" and not said["fits"]: return f"reads {case.reads} times: rows exceed half of L2"
    return {"memory": "moves what it must", "flops": "as many as there are"}.get(bound, f"the pipe {bound} is full")


def print_table(calls, found, entries, name):
    d = device.DEVICES[name]
    print(f"\n{name}: a copy {d.copy / 1e12:g} TB/s of {d.peak / 1e12:g}, {d.multiprocessors} multiprocessors at "
          f"{d.clock / 1e9:g} GHz, f32 {d.f32 / 1e12:g} TFLOPS, bf16 {d.bf16 / 1e12:g}; times in us")
    print(f"{'call':33s}   must  moves  instr  memory   issue            pipe latency  flops  "
          "bound     of the roof   why")
    for case in calls:
        time, said = limits(case, found[case.kernel, d.arch], entries[case.kernel], d)
        bound, roof = max(time, key=time.get), max(case.must / d.copy, time["flops"])
        us = {what: 1e6 * seconds for what, seconds in time.items()}
        print(f"{case.what:33s} {case.must / 1e6:5.0f}M {said['moved'] / 1e6:5.0f}M {said['instructions']:6.1f} "
              f"{us['memory']:7.1f} {us['issue']:7.1f} {said['pipe']:>7s} {us[said['pipe']]:7.1f} {us['latency']:7.1f} "
              f"{us['flops']:6.1f}  {bound:8s} {100 * roof / max(time.values()):3.0f}% of "
              f"{'FLOPS' if roof == time['flops'] else 'a copy':6s} {why(case, time, said, d)}")
