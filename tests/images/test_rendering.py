"""What becomes of a picture of every kind, and which are refused, with a reason that a person can read."""

import io
import struct

import pytest
from PIL import Image, ImageDraw

from articles.images import rendering
from articles.images.rendering import Undecodable, crop, render

from . import pictures
from .pictures import BLUE, GREEN, RED, SECRET, WHITE, alike, at, encoded, of_role, photo, quarters, shown


def sizes(rendered, role):
    return [(one.width, one.height) for one in of_role(rendered, role)]


def largest(data: bytes) -> Image.Image:
    return shown(of_role(render(data), "whole")[-1])


def why(data: bytes) -> str:
    with pytest.raises(Undecodable) as refused:
        render(data)
    return str(refused.value)


# -- the renditions


@pytest.mark.parametrize(
    ("width", "height", "whole", "wide"),
    [
        (3000, 2000, [320, 640, 1200, 1600], [480, 960, 1600]),
        (1600, 900, [320, 640, 1200, 1600], [480, 960, 1600]),
        (1200, 630, [320, 640, 1200], [480, 960, 1120]),
        (1300, 910, [320, 640, 1200], [480, 960, 1300]),  # 1,200 is near enough to its own
        (800, 600, [320, 640, 800], [480, 800]),
        (200, 300, [200], [200]),
        (32, 32, [32], [32]),
        (4000, 1000, [320, 640, 1200, 1600], [480, 960, 1600]),  # a panorama's crops are cut from a larger copy
        (1700, 4000, [320, 640, 1200], [480, 960, 1600]),  # 1,600 would be 3,765 tall
        (300, 2900, [300], [300]),
    ],
)
def test_a_picture_has_the_widths_that_it_is_wide_enough_for(width, height, whole, wide):
    rendered = render(encoded(photo(width, height), "JPEG"))
    assert (rendered.width, rendered.height) == (width, height)
    assert sizes(rendered, "whole") == [(one, round(height * one / width)) for one in whole]
    assert sizes(rendered, "wide") == [(one, round(one * 9 / 16)) for one in wide]
    ((narrow, low),) = sizes(rendered, "fallback")
    assert narrow == max([one for one in whole if one <= 1200])
    assert low == round(height * narrow / width)


def test_renditions_are_what_they_say():
    for one in render(encoded(photo(1200, 800), "JPEG")).renditions:
        picture = shown(one)
        assert (picture.size, picture.format) == (
            (one.width, one.height),
            {"webp": "WEBP", "jpg": "JPEG"}[one.extension],
        )
        assert one.extension == ("jpg" if one.role == "fallback" else "webp")


def test_the_same_bytes_give_the_same_files():
    data = encoded(photo(700, 500), "JPEG")
    assert render(data) == render(data)


@pytest.mark.parametrize("kind", rendering.FORMATS)
def test_the_content_decides_what_it_is(kind):
    rendered = render(encoded(quarters(), kind))
    assert (rendered.kind, rendered.width, rendered.height) == (kind, 400, 240)
    picture = shown(of_role(rendered, "whole")[-1])
    for across, down, colour in ((0.2, 0.2, RED), (0.8, 0.2, GREEN), (0.2, 0.8, BLUE), (0.8, 0.8, WHITE)):
        assert alike(at(picture, across, down), colour)


def test_a_telephones_jpeg_with_a_second_picture_in_it_is_a_jpeg():
    data = encoded(quarters(), "MPO", save_all=True, append_images=[quarters()])
    assert Image.open(io.BytesIO(data)).format == "MPO"
    assert render(data).kind == "JPEG"


def test_the_main_colour_is_the_most_frequent_and_not_the_mean():
    picture = Image.new("RGB", (400, 300), BLUE)
    picture.paste(WHITE, (0, 0, 400, 120))
    assert alike(bytes.fromhex(render(encoded(picture)).colour[1:]), BLUE)


# -- the crops


def line(position: float) -> bytes:
    """A wide picture, white but for a red mark there."""
    picture = Image.new("RGB", (1600, 400), WHITE)
    ImageDraw.Draw(picture).rectangle((position * 1600 - 40, 0, position * 1600 + 40, 400), RED)
    return encoded(picture)


@pytest.mark.parametrize(
    ("focal", "marked", "expected"),
    [(50, 0.5, 0.5), (30, 0.3, 0.5), (0, 0.03, 0.06), (100, 0.97, 0.94), (95, 0.97, 0.94)],
)
def test_crops_lie_around_the_focal_point_and_within_the_edges(focal, marked, expected):
    data = line(marked)
    for cropped in (of_role(render(data, (focal, 50)), "wide"), crop(data, (focal, 50))):
        for one in cropped:
            assert alike(at(shown(one), expected, 0.5), RED)
            assert alike(at(shown(one), abs(expected - 0.4), 0.5), WHITE)


def test_a_tall_pictures_crop_follows_the_focal_point_down():
    data = encoded(quarters(400, 800))
    above, below = (shown(crop(data, (50, down))[-1]) for down in (0, 100))
    assert alike(at(above, 0.2, 0.5), RED)
    assert alike(at(below, 0.2, 0.5), BLUE)


def test_a_kept_rendition_is_enough_to_crop_again():
    rendered = render(encoded(photo(1800, 1200), "JPEG"))
    kept = of_role(rendered, "whole")[-1]
    cropped = crop(kept.data, (20, 80))
    assert [(one.role, one.width, one.height) for one in cropped] == [
        ("wide", 480, 270),
        ("wide", 960, 540),
        ("wide", 1600, 900),
    ]


# -- every kind of file


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_of_an_animated_picture_the_first_frame_is_taken(kind):
    data = pictures.animated(kind)
    assert Image.open(io.BytesIO(data)).n_frames == 3
    picture = largest(data)
    assert alike(at(picture, 0.5, 0.5), RED)
    assert getattr(picture, "n_frames", 1) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_set_upright(kind, orientation):
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    picture = quarters()
    if orientation in turned:
        picture = picture.transpose(turned[orientation])
    data = encoded(picture, kind, exif=pictures.exif(orientation))
    rendered = render(data)
    assert (rendered.width, rendered.height) == (400, 240)
    seen = shown(of_role(rendered, "whole")[-1])
    assert seen.size == (400, 240)
    assert alike(at(seen, 0.2, 0.2), RED)
    assert alike(at(seen, 0.8, 0.2), GREEN)
    assert alike(at(seen, 0.2, 0.8), BLUE)


@pytest.mark.parametrize("block", [b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0 nonsense", b"Exif\0\0"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_broken_exif_block_costs_nobody_the_picture(block, kind):
    data = encoded(quarters(), kind, exif=block)
    assert alike(at(largest(data), 0.2, 0.2), RED)


def test_a_press_picture_in_cmyk_becomes_rgb():
    picture = largest(encoded(quarters().convert("CMYK"), "JPEG"))
    assert alike(at(picture, 0.2, 0.2), RED)
    assert alike(at(picture, 0.8, 0.8), WHITE)


def test_a_press_pictures_profile_decides_over_its_inks():
    cyan = Image.new("CMYK", (64, 48), (255, 0, 0, 0))
    assert alike(at(largest(encoded(cyan, "JPEG")), 0.5, 0.5), pictures.CYAN)
    red, green, blue, _ = at(largest(encoded(cyan, "JPEG", icc_profile=pictures.red_ink_profile())), 0.5, 0.5)
    assert red > 200
    assert green < 90
    assert blue < 90


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_colours_are_taken_as_the_profile_names_them(kind):
    data = encoded(quarters(), kind, icc_profile=pictures.swapped_profile())
    red, _, blue, _ = at(largest(data), 0.2, 0.2)
    assert blue > 200
    assert red < 60


def test_of_a_black_drawing_on_nothing_the_colour_is_the_papers_that_shows_through():
    picture = Image.new("RGBA", (200, 200))
    picture.paste((0, 0, 0, 255), (80, 80, 120, 120))
    assert alike(bytes.fromhex(render(encoded(picture, "PNG")).colour[1:]), WHITE)


def test_colours_of_a_transparent_picture_are_converted_too_and_its_transparency_stays():
    picture = quarters().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 400, 60))
    seen = largest(encoded(picture, icc_profile=pictures.swapped_profile()))
    assert at(seen, 0.2, 0.1)[3] == 0
    assert alike(at(seen, 0.2, 0.4), (RED[2], RED[1], RED[0]), 20)


def test_a_grey_pictures_profile_is_heeded():
    picture = Image.new("L", (64, 48), 128)
    assert alike(at(largest(encoded(picture)), 0.5, 0.5), (128,) * 3, 2)
    assert alike(at(largest(encoded(picture, icc_profile=pictures.linear_grey_profile())), 0.5, 0.5), (188,) * 3, 3)


@pytest.mark.parametrize("profile", [b"nonsense", pictures.srgb_profile()[:200], pictures.red_ink_profile()])
def test_a_profile_that_is_broken_or_for_other_pictures_is_ignored(profile):
    assert alike(at(largest(encoded(quarters(), "JPEG", icc_profile=profile)), 0.2, 0.2), RED)


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
@pytest.mark.parametrize("value", [0, 300, 32768, 65535])
def test_sixteen_bits_are_scaled_to_eight(colour, value):
    assert alike(at(largest(pictures.deep(value, colour)), 0.5, 0.5), (value >> 8,) * 3, 2)


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_a_palette_keeps_its_colours_and_its_transparency(kind):
    picture = quarters()
    picture.paste((0, 0, 0), (300, 180, 400, 240))
    picture = picture.quantize(5)
    data = encoded(picture, kind, transparency=picture.getpixel((390, 230)))
    assert Image.open(io.BytesIO(data)).mode == "P"
    rendered = render(data)
    seen = shown(of_role(rendered, "whole")[-1])
    assert alike(at(seen, 0.2, 0.2), RED)
    assert at(seen, 0.2, 0.2)[3] == 255
    assert at(seen, 0.95, 0.95)[3] == 0


def test_one_bit_a_pixel_is_grey():
    picture = Image.new("1", (64, 48), 1)
    picture.paste(0, (0, 0, 32, 48))
    seen = largest(encoded(picture))
    assert alike(at(seen, 0.2, 0.5), (0, 0, 0), 3)
    assert alike(at(seen, 0.8, 0.5), WHITE, 3)


def test_transparency_stays_in_webp_and_lies_on_paper_in_jpeg():
    picture = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((100, 100, 300, 200), (*BLUE, 255))
    rendered = render(encoded(picture))
    for one in of_role(rendered, "whole") + of_role(rendered, "wide"):
        assert at(shown(one), 0.05, 0.05)[3] == 0
        assert alike(at(shown(one), 0.5, 0.5), (*BLUE, 255))
    (fallback,) = of_role(rendered, "fallback")
    assert alike(at(shown(fallback), 0.05, 0.05), WHITE, 3)
    assert alike(at(shown(fallback), 0.5, 0.5), BLUE)
    assert alike(bytes.fromhex(rendered.colour[1:]), WHITE)  # the paper's that shows through most of it


def test_what_is_opaque_all_over_has_no_alpha_to_pay_for():
    assert largest(encoded(quarters().convert("RGBA"))).mode == "RGB"


def test_what_is_transparent_all_over_is_refused():
    assert "nothing to see" in why(encoded(Image.new("RGBA", (600, 400), (9, 9, 9, 0))))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("profile", [b"", pictures.srgb_profile()])
def test_nothing_of_the_original_but_its_pixels_goes_out(kind, profile):
    told = {"exif": pictures.exif(), "xmp": b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>", "comment": SECRET}
    data = encoded(quarters(), kind, icc_profile=profile, **told)
    assert SECRET in data
    for one in render(data).renditions:
        assert SECRET not in one.data
        picture = shown(one)
        assert not picture.getexif()
        assert not {"xmp", "comment", "icc_profile", "exif"} & set(picture.info)


# -- what is refused, and why


@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 3)])
def test_a_tracker_is_refused(kind, size):
    assert why(encoded(Image.new("RGB", size), kind)).endswith("is taken for a tracker.")


def no_pixels_here(monkeypatch):
    def load(*_):
        raise AssertionError("decoded")

    for plugin in ("PngImagePlugin.PngImageFile", "JpegImagePlugin.JpegImageFile"):
        monkeypatch.setattr(f"PIL.{plugin}.load", load)


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (12_000, 11_000), (10_000, 5_001)])
def test_a_bomb_is_refused_by_its_header(width, height, monkeypatch):
    no_pixels_here(monkeypatch)
    assert "pixels" in (said := why(pictures.png(width, height, 8, 2)))
    assert "50,000,000" in said


def test_a_jpeg_that_claims_too_much_is_refused_by_its_header(monkeypatch):
    no_pixels_here(monkeypatch)
    data = encoded(quarters(), "JPEG")
    frame = data.index(b"\xff\xc0")
    bomb = data[: frame + 5] + struct.pack(">HH", 60_000, 60_000) + data[frame + 9 :]
    assert "pixels" in why(bomb)


def test_a_strip_is_refused(monkeypatch):
    no_pixels_here(monkeypatch)
    assert "no picture" in why(pictures.png(2_000, 199, 8, 2))


def test_a_large_picture_is_decoded():
    rendered = render(pictures.png(7_000, 7_000, 1, 0, (b"\0" + b"\x0f" * 875) * 7_000))
    assert sizes(rendered, "whole")[-1] == (1600, 1600)


CUT = [("JPEG", {}), ("PNG", {}), ("BMP", {}), ("WEBP", {}), ("GIF", {})]


@pytest.mark.parametrize(("kind", "options"), CUT)
def test_of_a_picture_that_is_cut_off_it_is_told_how_much_came(kind, options):
    said = why(pictures.cut_off(encoded(photo(400, 300), kind, **options), 0.6))
    assert said.startswith("It is cut off: about ")
    assert said.endswith("% of it came.")


def test_of_what_comes_in_several_passes_no_share_can_be_told():
    assert why(pictures.cut_off(pictures.interlaced(), 0.6)) == "It is cut off."
    assert why(pictures.cut_off(encoded(photo(400, 300), "JPEG", progressive=True), 0.6)) == "It is cut off."


@pytest.mark.parametrize(("kind", "options"), [*CUT, ("JPEG", {"progressive": True}), ("AVIF", {})])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.8, 0.99])
def test_a_picture_that_is_cut_off_is_refused(kind, options, share):
    assert why(pictures.cut_off(encoded(photo(400, 300), kind, **options), share))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_that_was_cut_off_and_closed_again_is_no_half_grey_picture(share, mode):
    data = encoded(photo(900, 600).convert(mode), "JPEG", exif=pictures.exif())
    assert why(pictures.cut_off_and_closed(data, share)).startswith("It is cut off")


@pytest.mark.parametrize("quality", [10, 75, 100])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
def test_of_a_whole_jpeg_every_pixel_is_read_whatever_follows_it(quality, subsampling):
    picture = photo(333, 251)
    for rows in (0, 1):
        data = encoded(picture, "JPEG", quality=quality, subsampling=subsampling, restart_marker_rows=rows)
        assert render(data + b"trailing bytes").renditions == render(data).renditions


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b'\xef\xbb\xbf  <SVG onload="alert(1)">', "SVG"),
        (b"<!DOCTYPE html><title>404</title>", "a web page"),
        (b"%PDF-1.7", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
        (encoded(quarters(), "TIFF"), "TIFF"),
        (encoded(quarters(), "ICO"), "icon"),
        (encoded(quarters(), "JPEG2000"), "cannot be recognised"),
        (encoded(quarters(), "TGA"), "cannot be recognised"),
        (b"just text", "cannot be recognised"),
        (bytes(100), "cannot be recognised"),
    ],
)
def test_what_is_no_picture_that_browsers_show_is_refused_by_name(data, words):
    assert words in why(data)


@pytest.mark.parametrize("kind", rendering.FORMATS)
def test_whatever_is_broken_in_a_file_is_said_in_a_sentence(kind):
    whole, said = encoded(photo(120, 90), kind), []
    for at_byte in range(0, len(whole), max(1, len(whole) // 80)):
        broken = bytearray(whole)
        broken[at_byte : at_byte + 4] = b"\xff\x00\xff\xfe"
        try:
            render(bytes(broken))
        except Undecodable as error:
            said.append(str(error))
    assert said
    assert all(one.endswith(".") and one.isprintable() for one in said)
