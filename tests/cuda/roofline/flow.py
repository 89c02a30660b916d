"""How a kernel's instructions follow one another: basic blocks, loops, and the walks, which are the loops that touch
memory, each with what one iteration executes.

A walk's path is what an iteration executes for ordinary elements of aligned rows: of all ways through the loop one with
accesses of 16 bytes and the fewest others (where no access is so wide, the most bytes), that calls, divides and
computes in f64 the least, and, of those that are left, has the most instructions. What lies behind a call or in a loop
inside is not on it. So slow paths are left out, and the edges of a row, which go by element.
"""
import collections
import re

SHARED = ("LDS", "STS")


class Walk:
    """One loop, or a kernel that has none. `path()`: the instructions of an iteration, as the head of this file says;
    "shortest" where the most instructions are for rare elements, "dividing" where all elements are divided, "around"
    for what is no element's, which leaves out steps of walks that stand before them. Loops inside are one step without
    instructions; `walks` are those of them that are walks."""

    def __init__(self, graph, header, body, inner, walks=()):
        self.graph, self.header, self.body, self.walks = graph, header, body, walks
        self.node = {n: h for h, b in inner.items() for n in b}  # of a block inside: the loop that it is in

    def path(self, how="longest"):
        graph, best = self.graph, {}
        wide = any(i.bytes == 16 for n in self.body if n not in self.node for i in graph.blocks[n])
        into = collections.defaultdict(set)
        for n in self.body:
            for to in graph.out[n]:
                if to in self.body and to != self.header and self.node.get(n, n) != self.node.get(to, to):
                    into[self.node.get(to, to)].add(self.node.get(n, n))
        for name in graph.order:  # reverse post-order: every way into a block has been seen before it
            if name not in self.body or self.node.get(name, name) != name: continue
            before = [way for p in into[name] for way in best.get(p, {}).items()]
            if name == self.header: before = [(False, ((0, 0, 0, 0, 0, 0), []))]
            block = [] if name in self.node else graph.blocks[name]
            gain = self._gain(name, block, wide, how)
            for has, (score, path) in before:
                has = has or any(i.bytes == 16 for i in block)
                way = tuple(a + b for a, b in zip(score, gain)), path + [name]
                best.setdefault(name, {})[has] = max(best.get(name, {}).get(has, way), way, key=lambda w: w[0])
        ends = {self.node.get(n, n) for n in self.body
                if self.header in graph.out[n] or graph.blocks[n][-1].head == "EXIT" and not graph.out[n]}
        ways = [((has, score), path) for n in ends for has, (score, path) in best.get(n, {}).items()]
        if not ways: return []
        return [i for n in max(ways, key=lambda w: w[0])[1] if n not in self.node for i in graph.blocks[n]]

    def _gain(self, name, block, wide, how):
        """What is better, by weight: walks inside; of what is around them many shuffles, since threads join; few
        narrow accesses beside wide ones, or many where none is wide (predicated ones are edges); many wide ones, since
        what a caller leaves out is not loaded; few calls, divisions and operations in f64, which are for rare elements;
        the length."""
        narrow = sum(i.bytes for i in block if i.bytes < 16 and not (wide and i.predicated))
        at_once = sum(i.bytes for i in block if i.bytes == 16)
        rare = sum(i.pipe == "f64" or i.head == "CALL" or i.op.startswith("MUFU.RCP") and how != "dividing"
                   for i in block)
        joins = sum(i.head == "SHFL" for i in block) if how == "around" else 0
        return (name in self.walks, joins, -narrow if wide else narrow, -at_once if how == "around" else at_once, -rare,
                -len(block) if how in ("shortest", "around") else len(block))


class Graph:
    """Basic blocks of a kernel, by the address of their first instruction."""

    ENDS = ("BRA", "BRX", "JMP", "EXIT", "RET", "CALL", "BSYNC")

    def __init__(self, code):
        meets = {}  # BSYNC goes on where the BSSY before it said, with whoever has come there
        for i in code:
            if i.head == "BSSY": meets[i.barrier] = i.target
            if i.head == "BSYNC": i.target = meets.get(i.barrier)
        starts = {code[0].at} | {i.target for i in code if i.target is not None}
        starts |= {after.at for i, after in zip(code, code[1:]) if i.head in self.ENDS}
        self.blocks, name = collections.OrderedDict(), None
        for i in code:
            if i.at in starts: name = i.at
            self.blocks.setdefault(name, []).append(i)
        names = list(self.blocks)
        self.out = {name: [t for t in self._ways_out(self.blocks[name][-1], following) if t in self.blocks]
                    for name, following in zip(names, names[1:] + [None])}
        self.order = self._reverse_post_order(names[0])
        self.into = collections.defaultdict(list)
        for name in self.order:
            for to in self.out[name]: self.into[to].append(name)

    @staticmethod
    def _ways_out(last, following):
        if last.head not in Graph.ENDS or ".DIV" in last.op: return [following]  # .DIV: a warp's threads are apart
        if last.head == "CALL": return [last.target, following]
        ways = [last.target] if last.target is not None else []
        conditional = last.predicated or re.match(r"\S+ +!?U?P\d,", re.sub(r"^@!?U?P\w+ +", "", last.text))
        return ways + [following] if conditional or last.head == "BSYNC" and last.target is None else ways

    def _reverse_post_order(self, root):
        seen, order, stack = {root}, [], [(root, iter(self.out[root]))]
        while stack:
            name, rest = stack[-1]
            to = next((t for t in rest if t not in seen), None)
            if to is None:
                order.append(name)
                stack.pop()
            else:
                seen.add(to)
                stack.append((to, iter(self.out[to])))
        return order[::-1]

    def _dominators(self):
        index = {name: i for i, name in enumerate(self.order)}
        above = {self.order[0]: self.order[0]}
        changed = True
        while changed:
            changed = False
            for name in self.order[1:]:
                new = None
                for p in self.into[name]:
                    if p not in above: continue
                    other = p
                    while new is not None and new != other:
                        if index[new] > index[other]: new = above[new]
                        else: other = above[other]
                    new = other if new is None else new
                if above.get(name) != new: above[name], changed = new, True
        return above

    def loops(self):
        """Header: its blocks, for every natural loop."""
        above, found = self._dominators(), {}
        dominates = lambda a, b: a == b or (b != above[b] and dominates(a, above[b]))
        for name in self.order:
            for to in self.out[name]:
                if not dominates(to, name): continue
                body, stack = found.setdefault(to, {to}), [name]
                while stack:
                    n = stack.pop()
                    if n in body: continue
                    body.add(n)
                    stack += self.into[n]
        return found

    def walks(self):
        """The loops that touch memory outside of the loops inside, with 16 bytes at once if any does; and the rest: the
        smallest loop around all of them, or what the kernel executes once."""
        loops = self.loops()

        def inner(body): return {h: b for h, b in loops.items() if b < body}

        def outermost(some): return {h: b for h, b in some.items() if not any(b < other for other in some.values())}

        found = {h: Walk(self, h, b, outermost(inner(b))) for h, b in loops.items()}
        paths = {h: w.path() for h, w in found.items()}
        touching = [h for h, p in paths.items() if any(i.bytes for i in p)]

        def is_wide(header):  # joins of threads' sums go through shared memory too, between the loops inside
            innermost = not any(loops[o] < loops[header] for o in touching)
            return any(i.bytes == 16 and (innermost or i.head not in SHARED) for i in paths[header])

        wide = [h for h in touching if is_wide(h)]
        chosen = [h for h in wide or touching if not any(loops[o] < loops[h] for o in wide or touching)]
        around = [b for b in loops.values() if all(loops[h] < b for h in chosen)]
        body = min(around, key=len, default=set(self.order))
        header = next((h for h, b in loops.items() if b is body), self.order[0])
        rest = Walk(self, header, body, outermost(inner(body)), chosen)
        return [found[h] for h in chosen], rest
