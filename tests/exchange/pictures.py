"""pictures.py PROGRAM FOLDER: PROGRAM reads what Pillow writes: the same rows as torchvision's ImageFolder (or as its
rule, where it is not installed), the same pixels as Pillow's, of another size as its BOX filter; then 10,000 files."""
import os
import re
import subprocess
import sys

import numpy as np
from PIL import Image

program, folder = sys.argv[1:]
rng = np.random.default_rng(5)
failed = 0


def fails(sentence):
    global failed
    failed += 1
    print("FAILED:", sentence)


def smooth(height, width, channels):
    """Noise of several scales: what JPEG and area means find something in."""
    total = np.zeros((height, width, channels))
    for step in (1, 4, 16):
        coarse = rng.uniform(0, 255, (height // step + 2, width // step + 2, channels))
        total += np.kron(coarse, np.ones((step, step, 1)))[:height, :width]
    return np.clip(total / 3, 0, 255).astype(np.uint8)


def read(path, size, channels, threads=2):
    out = os.path.join(folder, "out")
    flags = [str(size), str(channels), str(threads)]
    said = subprocess.run([program, path, *flags, out], capture_output=True, text=True)
    if said.returncode:
        fails(said.stderr)
        return None, [], said.stdout
    lines = open(out + ".txt").read().splitlines()
    return np.load(out + ".npy"), [line.split(" ", 1) for line in lines], said.stdout


def rows_of(path):
    try:
        from torchvision.datasets import ImageFolder

        return "torchvision", [[str(label), file] for file, label in ImageFolder(path).samples]
    except ImportError:
        names = sorted(e.name for e in os.scandir(path) if e.is_dir())
        ends = (".jpg", ".jpeg", ".png")
        return "its rule", [[str(i), os.path.join(root, f)] for i, name in enumerate(names)
                            for root, _, files in sorted(os.walk(os.path.join(path, name), followlinks=True))
                            for f in sorted(files) if f.lower().endswith(ends)]


def save(image, name, **how):
    path = os.path.join(folder, "kinds", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image.save(path, **how)


def write_kinds():
    for i, (height, width) in enumerate([(40, 30), (7, 90), (64, 64), (129, 5), (1, 1), (200, 300), (96, 120)]):
        colour = Image.fromarray(smooth(height, width, 3))
        grey = Image.fromarray(smooth(height, width, 1)[:, :, 0])
        for n, image in enumerate([colour, grey, colour.quantize(50), grey.convert("1")]):
            save(image, f"png/{i}/{n}.png")
        for quality in (30, 95):
            save(colour, f"jpeg-{quality}/{i}.jpg", quality=quality)
            save(grey, f"jpeg-{quality}/g{i}.JPG", quality=quality, progressive=True)
            save(colour, f"jpeg-{quality}/{i} 444.jpeg", quality=quality, subsampling=0)
        inks = [Image.fromarray(smooth(height, width, 1)[:, :, 0]) for _ in range(4)]
        save(Image.merge("CMYK", inks), f"Ink/{i}.jpg")
        for turn in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = turn
            save(colour, f"turned/{i}-{turn}.jpg", exif=exif)
            save(colour, f"turned/{i}/{turn}.png", exif=exif)
    save(colour, "turned/a-b/1.png")
    save(colour, "turned/a/z/1.png")


def seen(path):
    """As Pillow shows it: upright, colour."""
    image = Image.open(path)
    turn = image.getexif().get(0x0112, 1)
    how = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # Transpose's numbers, as exif_transpose has them
    image = image.convert("RGB")
    return image.transpose(how[turn]) if turn > 1 else image


def compare_kinds():
    path = os.path.join(folder, "kinds")
    who, wanted = rows_of(path)
    pixels, rows, _ = read(path, 24, 3)
    if rows != wanted:
        fails(f"rows: {rows[:3]}... and not {wanted[:3]}...")
    else:
        print(f"rows: {len(rows)} files of {len({r[0] for r in rows})} classes in the order of {who}")
    largest, compared, exact = 0, 0, 0
    for i, (_, file) in enumerate(rows):
        image = seen(file)
        # the definition, in f64: means over areas
        whole = np.asarray(image).astype(float)
        for axis, extent in enumerate(whole.shape[:2]):
            edges = np.linspace(0, extent, 25)
            share = np.array([[max(0, min(b, j + 1) - max(a, j)) for j in range(extent)]
                              for a, b in zip(edges, edges[1:])]) * 24 / extent
            whole = np.moveaxis(np.tensordot(share, whole, (1, axis)), 0, axis)
        exact = max(exact, np.abs(pixels[i] - whole).max())
        if image.width % 24 == 0 and image.height % 24 == 0:  # else BOX takes the pixels whose middles it covers
            off = np.abs(pixels[i].astype(int) - np.asarray(image.resize((24, 24), Image.BOX)).astype(int))
            largest = max(largest, off.max())
            compared += 1
    print(f"pixels at 24 x 24: at most {exact:.4f} from the exact mean; of {compared} pictures whose extents 24 "
          f"divides at most {largest} from Pillow's BOX")
    if exact > 0.5 + 1e-6 or largest > 1 or compared == 0:  # the nearest; Pillow rounds between rows and columns too
        fails("another size")


def compare_whole():
    """One picture a folder, at its own size: every pixel as Pillow has it."""
    path = os.path.join(folder, "kinds")
    compared = 0
    for _, file in rows_of(path)[1]:
        image = np.asarray(seen(file))
        one = os.path.join(folder, "one", "a")
        os.makedirs(one, exist_ok=True)
        link = os.path.join(one, "x.png")
        if os.path.lexists(link):
            os.remove(link)
        os.symlink(file, link)
        if max(image.shape) > 128:
            continue
        pixels, _, _ = read(os.path.join(folder, "one"), 0, 3)
        off = np.abs(pixels[0].astype(int) - image.astype(int)).max() if pixels[0].shape == image.shape else 999
        limit = 0 if file.endswith("png") else 1  # libjpeg-turbo has several ways to spread colours over pixels
        if off > limit:
            fails(f"{file}: {pixels[0].shape} and {image.shape}, off by {off}")
        compared += 1
    print(f"pixels as they are: {compared} pictures as Pillow has them")


def measure():
    for i in range(10000):
        save(Image.fromarray(smooth(96, 96, 3)), f"../many/{i % 10}/{i}." + ("jpg" if i % 2 else "png"))
    for threads in (1, 2):
        for size in (32, 64):
            said = read(os.path.join(folder, "many"), size, 3, threads)[2]
            print(said.strip())
            found = re.search(r"([0-9.]+) MB, by.*at most ([0-9.]+) MB", said)
            if not found or float(found[2]) > float(found[1]) + 60:
                fails("memory: the rows and 60 MB are enough")


write_kinds()
compare_kinds()
compare_whole()
measure()
sys.exit(1 if failed else 0)
