"""Codes survive being read aloud; QR codes survive a bad scan."""

import io
from typing import Any

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from documents.qr import (
    ALPHABET,
    CODE_LENGTH,
    display_code,
    is_dense,
    new_code,
    normalise_code,
    qr_data_uri,
    qr_png,
    verification_url,
)

codes = st.text(ALPHABET, min_size=CODE_LENGTH, max_size=CODE_LENGTH)


def test_codes_are_long_random_and_without_ambiguous_letters() -> None:
    made = {new_code() for _ in range(2000)}
    assert len(made) == 2000
    assert {char for code in made for char in code} == set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)
    assert len(ALPHABET) ** CODE_LENGTH == 2**60


@given(codes)
def test_a_code_is_understood_as_people_write_it(code: str) -> None:
    for written in (code, code.lower(), display_code(code), f"  {display_code(code).replace('-', ' ').lower()} "):
        assert normalise_code(written) == code
    assert normalise_code(code.replace("1", "I").replace("0", "O")) == code
    assert normalise_code(code.replace("1", "l").replace("0", "o")) == code


@pytest.mark.parametrize("text", ["", "ABC", "U" * 12, "A" * 13, "甲" * 12, "../../etc/pas", "A" * 11 + "!"])
def test_what_can_not_be_a_code(text: str) -> None:
    assert normalise_code(text) is None


def test_the_address_is_short_and_dense(settings: Any) -> None:
    settings.PUBLIC_URL = "https://anso.example"
    url = verification_url(new_code())
    assert url.startswith("HTTPS://ANSO.EXAMPLE/V/")
    assert len(url) <= 35 and is_dense(url)


def test_a_port_and_a_path_stay_right(settings: Any) -> None:
    settings.PUBLIC_URL = "http://localhost:8000/portal"
    assert verification_url("0" * 12) == "HTTP://LOCALHOST:8000/portal/V/" + "0" * 12


def test_the_image_reads_back_after_a_bad_scan() -> None:
    url = "HTTPS://ANSO.EXAMPLE/V/7K3M9QXT2R5V"
    image = Image.open(io.BytesIO(qr_png(url))).convert("L")
    # 20 mm at 200 dpi, blurred.
    scanned = image.resize((157, 157), Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(1.2))
    assert [found.text for found in zxingcpp.read_barcodes(scanned)] == [url]
    assert Image.open(io.BytesIO(qr_png(url))).size == ((25 + 8) * 6,) * 2, "25 modules: version 2"


def test_the_same_text_gives_the_same_uri() -> None:
    assert qr_data_uri("A") == qr_data_uri("A") != qr_data_uri("B")
    assert qr_data_uri("A").startswith("data:image/png;base64,")
