"""Servers that want more of who asks them than a picture's time and bytes, or that say what is not so."""

import gzip
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.images.fetching import Failed, Fetched, Limits, NotFetched, Refused, fetch

from .servers import PICTURE, Internet, answers, falls_silent, head, repeats, sends

OK = head(200)
CHUNKED = head(200, "Transfer-Encoding: chunked")
DRIP = [b"x"] * 100


def chunks(body: bytes, size: int = 1_000) -> bytes:
    parts = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def slowly(data: bytes, parts: int = 50):
    """The whole of it, within two seconds and a half: without a limit it would be taken."""
    size = len(data) // parts + 1
    return repeats([data[start : start + size] for start in range(0, len(data), size)], every=0.05)


# -- time


@pytest.mark.parametrize(
    "play",
    [
        slowly(head(200, *(f"X-{number}: 1" for number in range(50)), "Content-Length: 2") + b"xx"),
        slowly(head(200, "Content-Length: 10000") + PICTURE[:10_000]),
        slowly(OK + PICTURE),
        slowly(CHUNKED + chunks(PICTURE)),
        slowly(b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + OK + PICTURE),
        falls_silent(),
        falls_silent(b"HTTP/1.1 200"),
        falls_silent(head(200, "Content-Length: 2") + b"x"),
    ],
    ids=["head", "body", "body_without_length", "chunks", "continue", "silence", "first_line", "last_byte"],
)
def test_a_slow_drip_does_not_stretch_the_time_there_is(internet, limits, play):
    internet.site("img.example", play)
    with pytest.raises(Failed, match=r"^It was not there within 0\.5 seconds\.$"):
        fetch("http://img.example/", replace(limits, seconds=0.5))


def test_time_goes_on_through_redirects(internet, limits):
    """Each answer takes less than there is, all together more."""
    slow = {f"/{number}": slowly(head(302, f"Location: /{number + 1}", "Content-Length: 0"), 6) for number in range(3)}
    internet.site("img.example", slow | {"/3": answers()})
    with pytest.raises(Failed, match=r"within 0\.5 seconds"):
        fetch("http://img.example/0", replace(limits, seconds=0.5))


@pytest.mark.parametrize("before", [falls_silent(), repeats([b"\x16\x03\x03\x40\x00", *DRIP], every=0.02)])
def test_a_handshake_does_not_stretch_the_time_for_a_connection(internet, limits, server_tls, before):
    internet.site("img.example", answers(), certificate=server_tls("img.example"), before=before)
    with pytest.raises(Failed, match=r"^img\.example did not answer in time\.$"):
        fetch("https://img.example/", replace(limits, connect_seconds=0.3))


def test_a_slow_drip_through_tls_does_not_stretch_it_either(internet, limits, server_tls):
    internet.site("img.example", slowly(OK + PICTURE), certificate=server_tls("img.example"))
    with pytest.raises(Failed, match=r"within 0\.5 seconds"):
        fetch("https://img.example/", replace(limits, seconds=0.5))


# -- bytes


@pytest.mark.parametrize(
    "start", [OK, CHUNKED, head(200, "Content-Length: 50001")], ids=["until_the_end", "chunks", "announced"]
)
def test_a_body_longer_than_allowed_is_refused(internet, limits, start):
    body = b"x" * 50_001
    internet.site("img.example", sends(start + (chunks(body) if start == CHUNKED else body)))
    with pytest.raises(Refused, match=r"^It has (50,001 bytes; at most 50,000 are|more than the 50,000 bytes that)"):
        fetch("http://img.example/", limits)


@pytest.mark.parametrize("start", [OK, CHUNKED])
def test_a_body_of_all_that_is_allowed_is_taken(internet, limits, start):
    body = b"x" * 50_000
    internet.site("img.example", sends(start + (chunks(body) if start == CHUNKED else body)))
    assert fetch("http://img.example/", limits).data == body


@pytest.mark.parametrize("start", [OK, CHUNKED])
def test_a_body_without_end_is_left(internet, limits, start):
    part = b"x" * 10_000
    endless = repeats(itertools.chain([start], itertools.repeat(chunks(part)[:-5] if start == CHUNKED else part)), 0)
    internet.site("img.example", endless)
    with pytest.raises(Refused, match="more than the 50,000 bytes"):
        fetch("http://img.example/", limits)


def test_a_body_announced_as_too_long_is_not_waited_for(internet, limits):
    internet.site("img.example", falls_silent(head(200, "Content-Length: 50001")))
    with pytest.raises(Refused, match=r"^It has 50,001 bytes; at most 50,000 are fetched\.$"):
        fetch("http://img.example/", limits)


@pytest.mark.parametrize(
    "parts",
    [
        [head(200, f"X-Long: {'x' * 4_000}") + PICTURE],
        [head(200, *(f"X-{number}: {'x' * 100}" for number in range(50))) + PICTURE],
        [b"HTTP/1.1 200 " + b"x" * 4_000 + b"\r\n\r\n" + PICTURE],
        [b"HTTP/1.1 100 Continue\r\n\r\n" * 200 + OK + PICTURE],
        [b"HTTP/1.1 100 Continue\r\nX: " + b"x" * 4_000 + b"\r\n\r\n" + OK + PICTURE],
    ],
    ids=["line", "lines", "first_line", "continue", "head_of_continue"],
)
def test_a_head_longer_than_allowed_is_refused(internet, limits, parts):
    internet.site("img.example", sends(*parts))
    with pytest.raises(Refused, match="Too much is sent beside the picture"):
        fetch("http://img.example/", limits)


def test_a_line_longer_than_a_head_may_be_is_not_waited_for(internet, limits):
    internet.site("img.example", falls_silent(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 4_000))
    with pytest.raises(Refused, match="Too much is sent beside the picture"):
        fetch("http://img.example/", replace(limits, seconds=2))


def test_a_head_of_all_that_is_allowed_is_taken(internet, limits):
    padding = limits.header_bytes - len(head(200, "X: "))
    internet.site("img.example", sends(head(200, f"X: {'x' * padding}") + PICTURE))
    assert fetch("http://img.example/", limits).data == PICTURE


@pytest.mark.parametrize(
    "framing",
    [
        b"1;" + b"x" * 50_000 + b"\r\nx\r\n0\r\n\r\n",
        b"1\r\nx\r\n0\r\n" + b"X: trailer\r\n" * 5_000 + b"\r\n",
        b"1;" + b"x" * 500 + b"\r\nx\r\n" + (b"1;" + b"x" * 500 + b"\r\nx\r\n") * 100 + b"0\r\n\r\n",
    ],
    ids=["extension", "trailers", "extensions"],
)
def test_chunks_whose_frames_are_longer_than_a_picture_are_refused(internet, limits, framing):
    internet.site("img.example", sends(CHUNKED + framing))
    with pytest.raises(Refused, match="Too much is sent beside the picture"):
        fetch("http://img.example/", limits)


def test_more_than_a_hundred_headers_are_not_http_as_it_should_be(internet, limits):
    internet.site("img.example", sends(head(200, *(f"X-{number}: 1" for number in range(200))) + PICTURE))
    with pytest.raises(Failed, match="does not speak HTTP as it should"):
        fetch("http://img.example/", limits)


@pytest.mark.parametrize(
    "header",
    [
        *("Content-Encoding: gzip", "Content-Encoding: GZIP", "Content-Encoding: br, gzip", "Content-Encoding: zstd"),
        *("Transfer-Encoding: gzip, chunked", "Transfer-Encoding: gzip"),
    ],
)
def test_what_comes_packed_is_refused_and_never_unpacked(internet, limits, header):
    bomb = gzip.compress(b"\0" * 10_000_000)
    internet.site("img.example", sends(head(200, header) + (chunks(bomb) if "chunked" in header else bomb)))
    with pytest.raises(Refused, match=r"^img\.example sends it packed"):
        fetch("http://img.example/", limits)


def test_a_picture_in_chunks_is_put_together(internet, limits):
    internet.site("img.example", sends(head(200, "Transfer-Encoding: Chunked") + chunks(PICTURE, 7)))
    assert fetch("http://img.example/", limits).data == PICTURE


def test_what_says_that_it_is_not_packed_is_taken(internet, limits):
    internet.site("img.example", answers(PICTURE, 200, "Content-Encoding: identity"))
    assert fetch("http://img.example/", limits).data == PICTURE


# -- lies


@pytest.mark.parametrize(
    "sent",
    [
        head(200, f"Content-Length: {len(PICTURE) + 1}") + PICTURE,
        CHUNKED + chunks(PICTURE)[:-5],
        CHUNKED + chunks(PICTURE)[:-500],
        b"",
        b"HTTP/1.1 200 OK",
    ],
    ids=["length", "no_last_chunk", "in_a_chunk", "nothing", "first_line"],
)
def test_a_server_that_breaks_off_before_the_end_it_announced_failed(internet, limits, sent):
    internet.site("img.example", sends(sent))
    with pytest.raises(Failed, match=r"img\.example (broke off before all was sent|sent nothing)\.$"):
        fetch("http://img.example/", limits)


@pytest.mark.parametrize(
    "sent",
    [head(200, "Content-Length: 1000") + b"x" * 1_001, CHUNKED + chunks(b"x" * 1_000) + b"x"],
    ids=["length", "chunks"],
)
def test_a_server_that_sends_more_than_it_announced_failed(internet, limits, sent):
    internet.site("img.example", sends(sent))
    with pytest.raises(Failed, match=r"^img\.example sent more than the 1,000 bytes that it announced\.$"):
        fetch("http://img.example/", limits)


@pytest.mark.parametrize("tls", [False, True])
def test_a_server_that_stays_after_the_end_is_not_waited_for(internet, limits, server_tls, tls):
    certificate = server_tls("img.example") if tls else None
    internet.site(
        "img.example", falls_silent(head(200, "Content-Length: 1000") + b"x" * 1_000), certificate=certificate
    )
    fetched = fetch(f"http{'s' * tls}://img.example/", replace(limits, seconds=3))
    assert fetched.data == b"x" * 1_000


@pytest.mark.parametrize(
    "length", ["-1", "1_000", "+1000", "0x10", "", "1e3", "1000, 1000", "1000\r\nContent-Length: 999"]
)
def test_a_length_that_is_none_is_not_believed(internet, limits, length):
    internet.site("img.example", sends(head(200, f"Content-Length: {length}") + b"x" * 1_000))
    with pytest.raises(
        Failed, match=r"^img\.example (announces a length that is none|does not speak HTTP as it should)"
    ):
        fetch("http://img.example/", limits)


@pytest.mark.parametrize("sent", [head(200, "Content-Length: 0"), OK, CHUNKED + b"0\r\n\r\n"])
def test_an_empty_answer_failed(internet, limits, sent):
    internet.site("img.example", sends(sent))
    with pytest.raises(Failed, match=r"^img\.example sent nothing\.$"):
        fetch("http://img.example/", limits)


@pytest.mark.parametrize(
    "sent", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 1_000, b"HTTP/3 200 OK\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n"]
)
def test_a_server_of_another_protocol_failed_and_is_not_quoted(internet, limits, sent):
    internet.site("img.example", sends(sent))
    with pytest.raises(Failed, match=r"^img\.example does not speak HTTP as it should \([A-Za-z]+\)\.$"):
        fetch("http://img.example/", limits)


LINE = st.one_of(
    st.sampled_from(
        "HTTP/1.1 200 OK|HTTP/1.0 200|HTTP/1.1 302 Found|Location: /b|Location: http://[|Content-Length: 5|ETag: \xff"
        "|Content-Length: x|Transfer-Encoding: chunked|Content-Encoding: \xe9|5|hello|0|| folded|: nameless".split("|")
    ).map(lambda line: line.encode("latin-1")),
    st.binary(max_size=20),
)


@given(lines=st.lists(LINE, max_size=8))
def test_whatever_a_server_sends_it_is_a_picture_or_a_sentence(lines):
    limits = Limits("Newsdesk-tests/1", seconds=2, most_bytes=1_000, header_bytes=1_000)
    with Internet() as internet:
        internet.site("img.example", sends(b"\r\n".join([b"HTTP/1.1 200 OK", *lines])))
        try:
            assert isinstance(fetch("http://img.example/", limits), Fetched)
        except NotFetched as error:
            assert str(error).endswith(".")  # noqa: PT017  both ends are right
