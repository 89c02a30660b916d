"""Who catches which planted rule, and who fails right functions: every function of tests/autograd/planted_rules.cpp and
right_functions.cpp, checked by each with its defaults, on the same numbers."""
import json


def caught(verdict):
    if verdict == "passes":
        return "missed"
    return verdict if verdict.startswith(("n/a", "fails")) else f"caught: {verdict}"


def answers(bench, path):
    """{column: [what it says of every case]}, in the file's order."""
    columns = {}
    for peer, script, names in (("PyTorch", "torch", ["PyTorch", "PyTorch, fast_mode"]), ("JAX", "jax", ["JAX"])):
        if bench.missing(peer):
            columns.update({name: None for name in names})
            continue
        lines = [line.split("|")[1:] for line in bench.output(bench.theirs(script, "planted", path)).splitlines()]
        columns.update(dict(zip(names, map(list, zip(*lines)))))
    return columns


def wrong_rules(bench, cases, theirs):
    print("\nWrong rules. PyTorch: gradcheck, then gradgradcheck; JAX: check_grads of order 1, then 2. "
          "A rule counts as caught only where\n"
          "the same check passes the same function under its right rule. "
          "n/a: the peer cannot have that fault; such are not in its total.\n")
    bench.table("planted rule", "logitape", *theirs)
    totals = dict.fromkeys(["logitape", *theirs], 0)
    absent = dict(totals)  # what a peer cannot have
    for number, case in enumerate(cases):
        if case["kind"] != "wrong":
            continue
        ours = f"caught: {case['hint']}" if case["verdict"] == "fail" else "missed"
        bench.check(case["verdict"] == "fail", f"planted: {case['what']} is not caught")
        cells = {"logitape": ours}
        cells |= {name: caught(said[number]) if said else "not there" for name, said in theirs.items()}
        for name, cell in cells.items():
            totals[name] += cell.startswith("caught")
            absent[name] += cell.startswith(("n/a", "not there"))
        bench.row(case["what"], *cells.values())
    count = sum(case["kind"] == "wrong" for case in cases)
    bench.row("**caught**", *(f"**{n} of {count - absent[name]}**" for name, n in totals.items()))


def right_functions(bench, cases, theirs):
    print("\nRight functions, of the same list for all: those that anyone fails, in f64, "
          "and how many of them each fails in f32 too, where\n"
          "check_gradients takes differences in f64, PyTorch warns that f64 is needed, and JAX widens its tolerance.\n")
    bench.table("right function", "logitape", *theirs)
    kinds = {kind: dict.fromkeys(["logitape", *theirs], 0) for kind in ("right", "right in f32")}
    for number, case in enumerate(cases):
        if case["kind"] not in kinds:
            continue
        bench.check(case["verdict"] != "fail", f"planted: {case['what']}, {case['kind']}, is failed")
        said = {"logitape": "passes" if case["verdict"] == "pass" else case["verdict"]}
        said |= {name: said[number] if said else "not there" for name, said in theirs.items()}
        for name, verdict in said.items():
            kinds[case["kind"]][name] += verdict not in ("passes", "inconclusive") and not verdict.startswith("n/a")
        if set(said.values()) != {"passes"} and case["kind"] == "right":
            cell = lambda v: v if v in ("passes", "inconclusive", "not there") or v.startswith("n/a") else f"fails: {v}"
            bench.row(case["what"], *map(cell, said.values()))
    for kind, failed in kinds.items():
        count = sum(case["kind"] == kind for case in cases)
        bench.row(f"**failed, {'f32' if 'f32' in kind else 'f64'}**", *(f"**{n} of {count}**" for n in failed.values()))


def planted(bench):
    path = bench.scratch / "planted.json"
    path.write_text(bench.output(bench.ours("planted")))
    cases = json.loads(path.read_text())["cases"][:-1]
    theirs = answers(bench, path)
    wrong_rules(bench, cases, theirs)
    right_functions(bench, cases, theirs)
