"""From a picture's bytes, as somebody else's server gave them, to the renditions that pages show.

What arrives may be broken, or made to break what opens it, so this runs in a child process (see `workshop`): here are
no limits on memory and time. The content decides what a file is, and its header whether it is decoded at all.
Nothing of the original but its pixels goes out: no EXIF, XMP, comment or profile; the colours are sRGB's.
"""

import io
from contextlib import contextmanager, suppress
from dataclasses import dataclass

# Whoever is asked for a format whose plugin is not imported imports all of them, PSD's, EPS's and TIFF's too.
from PIL import (
    AvifImagePlugin,  # noqa: F401
    ExifTags,
    Image,
    ImageCms,
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP")  # all that browsers show, but SVG: it is a program
PIXELS = 50_000_000  # what the largest cameras take; decoded, that is 200 MB
SMALLEST = 16  # a side, in pixels: what is smaller counts readers, or is an ornament
STRIP = 10  # times as long as wide, or as wide as long: a strip or a spacer
WHOLE = (320, 640, 1200, 1600)
WIDE = (480, 960, 1600)
FALLBACK = 1200
TALLEST = 3200  # a rendition, in pixels: of a tall drawing only the narrower ones are made
NEAR = 0.9  # of the picture's own width: a rendition so wide makes its own superfluous
PAPER = "#ffffff"  # behind a transparent picture, where a format has no transparency
# Method 4 takes twice as long as 2 and saves 7 % of the bytes, for every reader there will be; 6 saves 3 % more.
WEBP = {"format": "WEBP", "quality": 80, "method": 4}
JPEG = {"format": "JPEG", "quality": 80, "progressive": True}

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_READ_AHEAD = bytes(16)  # decoders of JPEG ask for some more than the last bits they use
_KEPT = f"only {', '.join(FORMATS[:-1])} and {FORMATS[-1]} are kept"
_SIGNATURES = {
    b"%PDF": "a PDF",
    b"%!PS": "PostScript",
    b"8BPS": "a Photoshop document",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"\0\0\1\0": "an icon file",
}


class Undecodable(ValueError):
    """No picture can be made of this; str() is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file: of the "whole" picture, its "fallback" for what shows no WebP, or a "wide" crop of 16:9."""

    role: str
    width: int
    height: int
    extension: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the original was, by its content, its real size when upright, its main colour ("#a1b2c3"), and the files:
    of each role the narrowest first."""

    kind: str
    width: int
    height: int
    colour: str
    renditions: list[Rendition]


def render(data: bytes, focal: tuple[int, int] = (50, 50)) -> Rendered:
    """All renditions of a picture; the crops lie around `focal`, in per cent from the left and from the top.

    The same bytes and focal point give the same files, byte by byte. Raises Undecodable.
    """
    opened = _opened(data)
    width, height = _upright_size(opened)
    whole = [(wide, round(height * wide / width)) for wide in _widths(width, WHOLE, TALLEST * width / height)]
    base = _decoded(opened, data, max(whole[-1][0] / width, _scale_for_crops(width, height)))
    pictures = _ladder(base, whole)
    fallback = next((one for one in reversed(pictures) if one.width <= FALLBACK), pictures[0])
    renditions = [_rendition("whole", one) for one in pictures]
    renditions += [_rendition("fallback", fallback), *_wide(base, focal)]
    kind = "JPEG" if opened.format == "MPO" else opened.format  # a telephone's, with a second picture behind the first
    return Rendered(kind, width, height, _main_colour(pictures[0]), renditions)


def crop(data: bytes, focal: tuple[int, int]) -> list[Rendition]:
    """The "wide" renditions alone, around another focal point; `data` may be the widest of the whole ones, where the
    original is not kept. Raises Undecodable."""
    opened = _opened(data)
    return _wide(_decoded(opened, data, _scale_for_crops(*_upright_size(opened))), focal)


# -- what is refused before anything is decoded


def _opened(data: bytes) -> Image.Image:
    try:
        with _read(data):
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
            if opened.format in ("JPEG", "MPO") and (end := _end_of_scan(data, opened.layers)) > 0:
                opened.fp = io.BytesIO(data[:end] + _READ_AHEAD)
    except Image.DecompressionBombError:
        raise Undecodable(f"It has far more than {PIXELS:,} pixels; so many are not decoded.") from None
    width, height = opened.size
    if min(width, height) < SMALLEST:
        raise Undecodable(
            f"It is {width:,} × {height:,} pixels: what has a side of less than {SMALLEST} is taken for a tracker."
        )
    if width * height > PIXELS:
        raise Undecodable(f"It is {width:,} × {height:,} pixels; more than {PIXELS:,} are not decoded.")
    if max(width, height) > STRIP * min(width, height):
        raise Undecodable(
            f"It is {width:,} × {height:,} pixels: what is more than {STRIP} times as long as wide is no picture."
        )
    return opened


def _end_of_scan(data: bytes, components: int) -> int:
    """Where the end marker of a sequential JPEG with one scan stands (ITU-T T.81, annex B); -1 of any other.

    Decoders take it for the picture's end, and draw all that was to come before it in grey: servers that were cut off
    themselves put it at the end of what they have. Without it, what is missing is missing.
    """
    at, sequential = 2, False
    while data[at : at + 1] == b"\xff":
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xFF:  # to fill
            at += 1
            continue
        sequential |= marker in (0xC0, 0xC1)
        if marker == 0xDA:
            return data.find(b"\xff\xd9", at + 2 + length) if sequential and data[at + 4] == components else -1
        at += 2 + length
    return -1


@contextmanager
def _read(data: bytes, opened: Image.Image | None = None):
    """Whatever a decoder raises, and they raise anything, is the file's fault, but for the want of memory, and for what
    the system says, which has a number."""
    try:
        yield
    except (MemoryError, Image.DecompressionBombError):
        raise
    except UnidentifiedImageError:
        raise Undecodable(_what_else(data)) from None
    except Exception as error:
        if isinstance(error, ImportError) or getattr(error, "errno", None) is not None:
            raise
        raise Undecodable(_what_is_broken(data, opened, error)) from error


def _what_else(data: bytes) -> str:
    """Of bytes that none of the formats' plugins recognises."""
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    found = next((what for signature, what in _SIGNATURES.items() if data.startswith(signature)), None)
    if b"<svg" in start:
        found = "an SVG drawing, which is a program"
    elif start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        found = "a web page"
    elif not data:
        return "It is empty."
    return f"It is {found}; {_KEPT}." if found else f"It cannot be recognised, or is broken from its start; {_KEPT}."


def _what_is_broken(data: bytes, opened: Image.Image | None, error: Exception) -> str:
    declared = 8 + int.from_bytes(data[4:8], "little")
    if data.startswith(b"RIFF") and len(data) < declared:  # a WebP, which is not opened unless all of it is there
        return _cut_off(len(data) / declared)
    said = "".join(c for c in str(error)[:200] if c.isprintable()).rstrip(".") or type(error).__name__
    if "truncated" in said.lower():
        return _cut_off(_share(opened))
    return f"It is broken: {said}."


def _cut_off(share: float | None) -> str:
    return "It is cut off." if share is None else f"It is cut off: about {min(share, 0.99):.0%} of it came."


def _share(opened: Image.Image | None) -> float | None:
    """How much of a picture was decoded before its data ended: the rows that are not black. None where rows do not come
    one after the other."""
    pixels = opened and opened._im
    if not pixels or opened.info.get("interlace") or not (box := pixels.getbbox()):
        return None
    return (box[3] - box[1]) / pixels.size[1]


# -- from bytes to pixels that all formats have


def _orientation(opened: Image.Image) -> int:
    """EXIF's, 1 to 8, as TIFF 6.0 defines it; 1, upright, where it cannot be read."""
    with suppress(Exception):  # a broken EXIF block costs nobody the picture
        # PNG's own would decode the picture first, for the sake of a block behind it, which browsers do not heed either
        value = Image.Image.getexif(opened).get(ExifTags.Base.Orientation)
        return value if value in _UPRIGHT else 1
    return 1


def _upright_size(opened: Image.Image) -> tuple[int, int]:
    return opened.size[::-1] if _orientation(opened) >= 5 else opened.size


def _decoded(opened: Image.Image, data: bytes, scale: float) -> Image.Image:
    """The picture at `scale` (never enlarged), upright, RGB or RGBA, in sRGB."""
    orientation, profile = _orientation(opened), opened.info.get("icc_profile")
    size = tuple(max(1, round(side * min(scale, 1))) for side in opened.size)
    with _read(data, opened):
        opened.draft(None, size)  # a JPEG is decoded at half, a quarter or an eighth, where that is enough
        opened.load()
    picture = _plain(opened)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if orientation in _UPRIGHT:
        picture = picture.transpose(_UPRIGHT[orientation])
    return _in_srgb(picture, profile)


def _plain(picture: Image.Image) -> Image.Image:
    """The same in a mode that can be resized without loss: L, LA, RGB, RGBA or CMYK."""
    if picture.mode.startswith("I;16"):
        # Pillow's own conversion shows all that is lighter than 255 of 65,535 as white: take the upper of two bytes.
        return Image.frombytes("L", picture.size, picture.tobytes("raw", "I;16")[1::2])
    if picture.has_transparency_data:
        return picture.convert("LA" if picture.mode in ("1", "L", "LA") else "RGBA")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    colours = _converted(picture.convert(picture.mode[:-1]) if alpha else picture, profile)
    if alpha:
        faintest, strongest = alpha.getextrema()
        if not strongest:
            raise Undecodable("It is transparent all over: there is nothing to see.")
        if faintest < 255:
            colours.putalpha(alpha)
    # What is left of the original beside its pixels; a comment would be written into the JPEG.
    colours.info = {}
    return colours


def _converted(colours: Image.Image, profile: bytes | None) -> Image.Image:
    """From the colours that the file's profile names to sRGB's; as without one, where that cannot be used."""
    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):  # broken, or for another kind of picture than this
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(colours, source, _SRGB, outputMode="RGB")
    return colours.convert("RGB")


# -- from pixels to files


def _widths(width: int, wanted: tuple[int, ...], widest: float) -> list[int]:
    """Which of the wanted widths a picture is wide enough for, none above `widest`, and its own where that is between
    them and none comes near."""
    widths = [one for one in wanted if one <= min(width, widest)]
    if width <= min(wanted[-1], widest) and (not widths or widths[-1] < NEAR * width):
        widths.append(width)
    return widths or [wanted[0]]


def _ladder(base: Image.Image, sizes: list[tuple[int, int]]) -> list[Image.Image]:
    """The picture in each of the sizes, narrowest first, each made from the next larger one."""
    steps = [base]
    for size in reversed(sizes):
        larger = steps[-1]
        steps.append(larger if larger.size == size else larger.resize(size, Image.Resampling.LANCZOS))
    return steps[:0:-1]


def _crop_width(width: int, height: int) -> int:
    return int(min(width, height * 16 / 9))


def _scale_for_crops(width: int, height: int) -> float:
    return WIDE[-1] / _crop_width(width, height)


def _wide(base: Image.Image, focal: tuple[int, int]) -> list[Rendition]:
    """The crops: as much as 16:9 allows, as near to the focal point as the edges allow."""
    across = min(base.width, base.height * 16 / 9)
    down = across * 9 / 16
    left = min(max(base.width * focal[0] / 100 - across / 2, 0), base.width - across)
    top = min(max(base.height * focal[1] / 100 - down / 2, 0), base.height - down)
    widths = _widths(int(across), WIDE, WIDE[-1])
    sizes = [(width, round(width * 9 / 16)) for width in widths]
    box = (left, top, left + across, top + down)
    largest = base.resize(sizes[-1], Image.Resampling.LANCZOS, box=box)
    return [_rendition("wide", one) for one in _ladder(largest, sizes)]


def _rendition(role: str, picture: Image.Image) -> Rendition:
    file = io.BytesIO()
    if role == "fallback":
        _on_paper(picture).save(file, **JPEG)
    else:
        picture.save(file, **WEBP)
    return Rendition(role, *picture.size, "jpg" if role == "fallback" else "webp", file.getvalue())


def _on_paper(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    paper = Image.new("RGB", picture.size, PAPER)
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _main_colour(picture: Image.Image) -> str:
    """The most frequent of a few colours, not the mean of all, which is mud; of what can be seen through, the paper's:
    a black drawing would else be black on black."""
    small = _on_paper(picture.resize((48, 48), Image.Resampling.BOX))
    seen = small.getcolors(48 * 48)
    row = b"".join(bytes(pixel) * count for count, pixel in seen)
    few = Image.frombytes("RGB", (len(row) // 3, 1), row).quantize(6, Image.Quantize.MEDIANCUT)
    _, most = max(few.getcolors())
    return "#" + bytes(few.getpalette()[most * 3 : most * 3 + 3]).hex()
