"""The ten digits as a hand draws them: lines through points of a field of 32 x 32, y downwards."""

import math


def arc(cx, cy, rx, ry, start, end, count=14):
    """Points of an ellipse; angles in degrees, 0 to the right, clockwise."""
    turns = (math.radians(start + (end - start) * k / (count - 1)) for k in range(count))
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in turns]


strokes = {
    0: [arc(16, 16, 7, 11, -90, 270, 24)],
    1: [[(12, 9), (17, 5), (17, 27)]],
    2: [arc(16, 11, 6.5, 6.5, 190, 400) + [(10, 27), (23, 27)]],
    3: [arc(15, 10.5, 6, 5.5, 200, 450) + arc(15, 21.5, 7, 5.8, -90, 160)],
    4: [[(18, 4), (8, 19), (25, 19)], [(19, 12), (19, 28)]],
    5: [[(23, 5), (12, 5), (11, 14)] + arc(15.5, 20, 7, 7, -110, 150)],
    6: [[(19, 4), (13, 11), (10, 19)] + arc(16, 21, 6, 6, 180, 540, 20)],
    7: [[(8, 6), (24, 6), (15, 27)], [(13, 16), (23, 16)]],
    8: [arc(16, 10, 5.5, 5.5, 90, 450, 18) + arc(16, 21.5, 6.5, 6, -90, 270, 20)],
    9: [arc(16, 11, 6, 6, 0, 360, 20) + [(22, 11), (21, 20), (17, 28)]],
}
