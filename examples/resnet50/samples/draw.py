"""Draws cat.jpg, the picture that the example is tried with: `python3 draw.py`. No photograph, so nobody's rights."""

import math
import random

from PIL import Image, ImageDraw, ImageFilter

random.seed(7)
SIZE = 640
image = Image.new("RGB", (SIZE, SIZE))
draw = ImageDraw.Draw(image)

# A wall in evening light and a wooden floor.
for y in range(SIZE):
    t = y / SIZE
    draw.line([(0, y), (SIZE, y)], fill=(int(214 - 50 * t), int(196 - 40 * t), int(170 - 30 * t)))
for row in range(450, SIZE, 32):
    draw.rectangle([0, row, SIZE, row + 31], fill=(134 + (row // 32) % 2 * 10, 92, 58))
    draw.line([(0, row), (SIZE, row)], fill=(92, 60, 36), width=2)
image = image.filter(ImageFilter.GaussianBlur(2))
draw = ImageDraw.Draw(image)

FUR, DARK, LIGHT = (150, 120, 88), (82, 62, 44), (226, 210, 188)


def ellipse(x, y, rx, ry, fill):
    draw.ellipse([x - rx, y - ry, x + rx, y + ry], fill=fill)


# Shadow, tail, body, legs.
ellipse(330, 566, 210, 28, (70, 46, 30))
for step in range(60):
    angle = step / 59 * math.pi * 1.1
    ellipse(500 + 70 * math.sin(angle), 540 - 3.2 * step, 20 - step * 0.12, 20 - step * 0.12, DARK if step % 14 < 5 else FUR)
ellipse(330, 450, 150, 130, FUR)
ellipse(330, 480, 84, 96, LIGHT)
for x in (262, 398):
    draw.rounded_rectangle([x - 34, 440, x + 34, 572], 32, fill=FUR)
    ellipse(x, 560, 42, 24, LIGHT)
    for toe in (-14, 0, 14):
        draw.line([(x + toe, 562), (x + toe, 580)], fill=DARK, width=2)

# Ears, head, stripes.
for side in (-1, 1):
    draw.polygon([(330 + side * 128, 120), (330 + side * 134, 252), (330 + side * 34, 190)], fill=FUR)
    draw.polygon([(330 + side * 116, 148), (330 + side * 120, 226), (330 + side * 58, 194)], fill=(214, 150, 140))
ellipse(330, 270, 136, 112, FUR)
for offset in (-44, -22, 0, 22, 44):
    draw.line([(330 + offset, 166), (330 + offset * 0.8, 212)], fill=DARK, width=9)
for side in (-1, 1):
    for rise in (-16, 4, 24):
        draw.line([(330 + side * 132, 262 + rise), (330 + side * 94, 268 + rise // 2)], fill=DARK, width=8)

# Eyes, muzzle, nose, whiskers.
for side in (-1, 1):
    ellipse(330 + side * 56, 256, 31, 27, (36, 28, 20))
    ellipse(330 + side * 56, 256, 27, 24, (186, 196, 82))
    ellipse(330 + side * 56, 256, 8, 23, (14, 12, 10))
    ellipse(330 + side * 56 - 9, 246, 6, 6, (250, 250, 245))
    ellipse(330 + side * 27, 322, 38, 29, LIGHT)
ellipse(330, 350, 26, 16, LIGHT)
draw.polygon([(312, 298), (348, 298), (330, 318)], fill=(196, 118, 112))
draw.line([(330, 316), (330, 332)], fill=DARK, width=4)
draw.arc([294, 310, 330, 342], 10, 160, fill=DARK, width=4)
draw.arc([330, 310, 366, 342], 20, 170, fill=DARK, width=4)
for side in (-1, 1):
    for rise in (-14, 2, 18):
        draw.line([(330 + side * 46, 322 + rise * 0.3), (330 + side * 186, 312 + rise * 1.7)], fill=(244, 240, 232), width=2)

# Hair by hair, then a little noise, as a camera would have it.
pixels = image.load()
for _ in range(26_000):
    x, y = random.randrange(150, 520), random.randrange(120, 580)
    r, g, b = pixels[x, y]
    if abs(r - FUR[0]) < 14 and abs(g - FUR[1]) < 14:
        shade = random.randint(-26, 22)
        tint = tuple(max(0, min(255, c + shade)) for c in (r, g, b))
        draw.line([(x, y), (x + random.randint(-3, 3), y + random.randint(5, 11))], fill=tint)
for _ in range(60_000):
    x, y = random.randrange(SIZE), random.randrange(SIZE)
    pixels[x, y] = tuple(max(0, min(255, c + random.randint(-9, 9))) for c in pixels[x, y])
image.filter(ImageFilter.GaussianBlur(0.6)).save("cat.jpg", quality=88)
