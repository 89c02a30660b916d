#!/usr/bin/env python3
"""Prints tests/wide/functions_table.h: values of the double-double functions, from mpmath with 2,000 bits.

python3 tests/wide/functions.py > tests/wide/functions_table.h
"""
import random

import mpmath as mp

mp.mp.prec = 2000
ANGLES = [1e-9, 0.5, -0.7853981633974483, 1.5707963267948966, 3.141592653589793, -22.0, 355.0, 1e6, 1e22,
          5.319372648326541e255, 1.7e308]
FUNCTIONS = {
    "exp": (mp.exp, [0.0, 1e-300, -1e-20, 0.35, -0.5, 1.0, -37.5, 0.6931471805599453, 99.0, -640.0, 709.0]),
    "expm1": (mp.expm1, [1e-300, -1e-30, 1e-9, 0.25, -0.35, 0.37, -0.6931471805599453, 1.5, -30.0, -90.0, 700.0]),
    "log": (
        mp.log,
        [1e-300, 1e-9, 0.5, 0.7071067811865476, 0.999999999, 1.0, 1.0000000000000002, 1.4142135623730951,
         2.718281828459045, 10.0, 1e300],
    ),
    "log1p": (
        lambda x: mp.log(1 + x),
        [1e-300, -1e-30, 1e-9, 0.25, -0.25, 0.4142135623730951, 0.5, -0.999, 3.0, 1e20, 1e300],
    ),
    "sin": (mp.sin, [1e-300, *ANGLES]),
    "cos": (mp.cos, [0.0, *ANGLES]),
    "cosh": (mp.cosh, [0.0, 1e-300, 1e-9, -0.25, 1.0, -5.0, 40.0, 640.0, -710.0]),
    "tanh": (mp.tanh, [1e-300, -1e-9, 0.25, 0.49, -0.51, 1.0, -5.0, 20.0, 40.0, -100.0, 340.0]),
    "sigmoid": (
        lambda x: 1 / (1 + mp.exp(-x)),
        [0.0, 1e-9, -0.25, 1.0, -5.0, 20.0, 25.0, 40.0, -40.0, 100.0, -640.0, 670.0],
    ),
    "erf": (mp.erf, [1e-300, -1e-9, 0.25, -0.9375, 1.0625, 2.0, -3.5, 6.0, 10.0, 25.0]),
    "erfc": (mp.erfc, [1e-20, -1e-9, 0.25, 0.9375, 1.0, 2.0, -3.5, 6.0, 10.0, 25.0, -25.0]),
    "sqrt": (mp.sqrt, [1e-290, 1e-9, 0.5, 2.0, 3.0, 1e20, 1.7976931348623157e308]),
}
PAIRS = {
    "add": (lambda x, y: x + y, [(1.0, 1e-20), (1.0, -1.0), (3.0, -2.9999999999999996), (-1e300, 1e290), (0.1, 0.2)]),
    "mul": (lambda x, y: x * y, [(3.0, -7.0), (1.1, 1e-200), (-1e150, 1.3e150), (0.1, 0.2), (1e-140, 1e-130)]),
    "div": (
        lambda x, y: x / y,
        [(1.0, 3.0), (-1e300, 7e-5), (1.7e308, 1.1), (1e-280, 3.0), (2.0, 1e300), (1e-10, 1e-300)],
    ),
    "pow": (
        lambda x, y: mp.power(x, y),
        [(2.0, 10.0), (-3.0, 5.0), (10.0, -300.0), (1e-300, 0.99), (0.5, 0.5), (1.0000000001, 1e12), (7.0, 1 / 3),
         (1e-5, -60.5)],
    ),
}


def doubles(value, count):
    """The nearest double, the nearest to the rest, and so on."""
    found = []
    for _ in range(count):
        found.append(float(value))
        value -= mp.mpf(found[-1])
    return found


def row(name, x, y, want):
    def braces(numbers):
        return "{" + ", ".join(repr(n) if n else "0" for n in numbers) + "}"

    return folded(f'    {{"{name}", {braces(x)}, {braces(doubles(want, 3))}' + (f", {braces(y)}" if y else "") + "},")


def folded(line):
    """In lines of 120 columns at most."""
    if len(line) <= 120:
        return line
    cut = line.rindex("}, ", 0, 120) + 2
    return line[:cut] + "\n" + folded(8 * " " + line[cut + 1 :])


def exact(x):
    return mp.mpf(x[0]) + mp.mpf(x[1])


def main():
    random.seed(1)

    def low_of(high):
        return (high, high * 2.0**-54 * random.uniform(-1, 1))

    print("// Written by tests/wide/functions.py: x as hi and lo, what mpmath says as a sum of three doubles, and y.")
    print("// clang-format off")
    print("inline constexpr struct Known { const char* function; double x[2], want[3], y[2] = {}; } known[] = {")
    for name, (f, points) in FUNCTIONS.items():
        for high in points:
            for x in [(high, 0.0), low_of(high)][: 2 if high else 1]:
                print(row(name, x, None, f(exact(x))))
    for name, (f, points) in PAIRS.items():
        for a, b in points:
            whole = name == "pow" and a < 0  # of a negative number: no power but a whole one
            for x, y in (((a, 0.0), (b, 0.0)), (low_of(a), (b, 0.0) if whole else low_of(b))):
                print(row(name, x, y, f(exact(x), exact(y)).real))
    print("};")


if __name__ == "__main__":
    main()
