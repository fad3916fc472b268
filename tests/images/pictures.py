"""Pictures of every kind that servers send: with Pillow where it writes them, else by hand."""

import io
import random
import struct
import zlib

from PIL import Image, ImageCms, ImageDraw

from articles.images.rendering import Rendered, Rendition

RED, GREEN, BLUE, WHITE, CYAN = (220, 30, 30), (30, 180, 40), (30, 50, 210), (255, 255, 255), (0, 255, 255)
SECRET = b"51.5074 N, taken by Jane Doe"  # what of an original is nobody's business


def photo(width: int, height: int, seed: int = 1) -> Image.Image:
    """Soft shapes and grain, as much to encode as a photograph."""
    dice = random.Random(seed)
    bands = []
    for _ in range(3):
        band = Image.new("L", (width, height), 128)
        for cells, weight in ((3, 0.6), (8, 0.5), (24, 0.4), (80, 0.3), (300, 0.18), (1200, 0.08)):
            across = max(2, min(width, cells))
            down = max(2, across * height // width)
            noise = Image.frombytes("L", (across, down), dice.randbytes(across * down))
            band = Image.blend(band, noise.resize(band.size, Image.Resampling.BICUBIC), weight)
        bands.append(band)
    return Image.merge("RGB", bands)


def quarters(width: int = 400, height: int = 240) -> Image.Image:
    """Red and green above, blue and white below: whatever is turned, mirrored or recoloured shows."""
    picture = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), BLUE)
    draw.rectangle((width // 2, height // 2, width, height), WHITE)
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """An EXIF block with an orientation and what a camera tells besides."""
    block = Image.Exif()
    block[0x0112], block[0x010E] = orientation, SECRET.decode()
    return block


# -- PNG by hand


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, depth: int, colour: int, rows: bytes = b"", passes: int = 0) -> bytes:
    """PNG says: `colour` is 0 for grey, 2 for RGB, 3 for a palette, 4 for grey and alpha, 6 for RGB and alpha."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, passes))
    return b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def deep(value: int, colour: int = 0, width: int = 64, height: int = 48) -> bytes:
    """A PNG of 16 bits a channel, all of one value; alpha full."""
    pixel = {0: (value,), 2: (value,) * 3, 4: (value, 65535), 6: (value, value, value, 65535)}[colour]
    row = b"\0" + struct.pack(f">{len(pixel)}H", *pixel) * width
    return png(width, height, 16, colour, row * height)


def interlaced(width: int = 320, height: int = 240) -> bytes:
    """A grey PNG that comes in Adam7's passes, coarse ones first."""
    steps = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    dice, rows = random.Random(1), b""
    for left, top, across, down in steps:
        rows += b"".join(b"\0" + dice.randbytes(len(range(left, width, across))) for _ in range(top, height, down))
    return png(width, height, 8, 0, rows, passes=1)


def webp_header(width: int, height: int) -> bytes:
    """A WebP that claims a size, and holds nothing."""
    canvas = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", len(canvas)) + canvas


# -- animated


def animated(kind: str) -> bytes:
    """Red first, then green and blue."""
    frames = [Image.new("RGB", (64, 48), colour) for colour in (RED, GREEN, BLUE)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


# -- cut off


def cut_off(data: bytes, share: float = 0.5) -> bytes:
    return data[: int(len(data) * share)]


def cut_off_and_closed(data: bytes, share: float = 0.5) -> bytes:
    """A JPEG whose middle is missing, its end marker set behind what there is: decoders draw the rest in grey."""
    return cut_off(data, share) + b"\xff\xd9"


# -- colour profiles (ICC.1:2001-04)


def _profile(space: bytes, device: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, content = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        padded = tag + b"\0" * (-len(tag) % 4)
        table += name + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(content), len(tag))
        content += padded
    white = struct.pack(">iii", 0xF6D6, 0x10000, 0xD32D)
    header = struct.pack(
        ">I4sI4s4s4s12x4s", 128 + len(table) + len(content), b"", 0x02100000, device, space, connection, b"acsp"
    )
    return header.ljust(68, b"\0") + white.ljust(60, b"\0") + table + content


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def swapped_profile() -> bytes:
    """Of an RGB in which red and blue have changed places."""
    blue, green, red = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    gamma = b"curv" + struct.pack(">IIH", 0, 1, 0x0233)
    tags = {b"rTRC": gamma, b"gTRC": gamma, b"bTRC": gamma}
    for name, colorant in ((b"rXYZ", red), (b"gXYZ", green), (b"bXYZ", blue)):
        tags[name] = b"XYZ \0\0\0\0" + _fixed(*colorant)
    return _profile(b"RGB ", b"mntr", b"XYZ ", tags)


def linear_grey_profile() -> bytes:
    """Of a grey whose values are light itself, so that 128 is what sRGB calls 188."""
    return _profile(b"GRAY", b"mntr", b"XYZ ", {b"kTRC": b"curv" + struct.pack(">II", 0, 0)})


def red_ink_profile() -> bytes:
    """Of a press whose first ink is red instead of cyan: a table of Lab values for the 16 corners of CMYK."""
    paper, red, black = bytes((255, 128, 128)), bytes((136, 208, 195)), bytes((20, 128, 128))
    corners = [black if corner & 1 else red if corner & 8 else paper for corner in range(16)]
    ramp = bytes(range(256))
    table = b"mft1" + struct.pack(">IBBBB", 0, 4, 3, 2, 0) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return _profile(b"CMYK", b"prtr", b"Lab ", {b"A2B0": table + ramp * 4 + b"".join(corners) + ramp * 3})


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


# -- looking at what was made


def of_role(rendered: Rendered, role: str) -> list[Rendition]:
    return [one for one in rendered.renditions if one.role == role]


def shown(rendition: Rendition) -> Image.Image:
    picture = Image.open(io.BytesIO(rendition.data))
    picture.load()
    return picture


def at(picture: Image.Image, across: float, down: float) -> tuple[int, ...]:
    """The pixel at these shares of the width and the height, whatever the mode."""
    return picture.convert("RGBA").getpixel((int(picture.width * across), int(picture.height * down)))


def alike(pixel, expected, tolerance: int = 14) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(pixel, expected, strict=False))
