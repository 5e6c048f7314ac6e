"""HarfBuzz's subsetter by ctypes: what takes fontTools a minute a face takes it a quarter of a second."""

import ctypes
import ctypes.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

# hb-subset.h
NO_HINTING: Final = 0x01
DESUBROUTINIZE: Final = 0x04
NOTDEF_OUTLINE: Final = 0x40
SETS_DROP_TABLE_TAG: Final = 3

_HANDLE: Final = ctypes.c_void_p
_COUNT: Final = ctypes.c_uint


class SubsettingFailed(Exception):
    """The library is not installed, or it refused the font."""


def subset_face(path: Path, index: int, characters: Iterable[int], drop_tables: Iterable[str]) -> bytes:
    """The face of a collection cut to the characters, without hints and subroutines. Raises SubsettingFailed."""
    shaper, cutter = _library("harfbuzz"), _library("harfbuzz-subset")
    blob = _call(shaper, "hb_blob_create_from_file", ctypes.c_char_p)(str(path).encode())
    face = _call(shaper, "hb_face_create", _HANDLE, _COUNT)(blob, index)
    wanted = _call(cutter, "hb_subset_input_create_or_fail")()
    add = _call(shaper, "hb_set_add", _HANDLE, _COUNT, result=None)
    unicodes = _call(cutter, "hb_subset_input_unicode_set", _HANDLE)(wanted)
    for code in characters:
        add(unicodes, code)
    dropped = _call(cutter, "hb_subset_input_set", _HANDLE, _COUNT)(wanted, SETS_DROP_TABLE_TAG)
    for tag in drop_tables:
        add(dropped, int.from_bytes(tag.ljust(4).encode(), "big"))
    flags = NO_HINTING | DESUBROUTINIZE | NOTDEF_OUTLINE
    _call(cutter, "hb_subset_input_set_flags", _HANDLE, _COUNT, result=None)(wanted, flags)
    cut = _call(cutter, "hb_subset_or_fail", _HANDLE, _HANDLE)(face, wanted)
    if not cut:
        raise SubsettingFailed(f"{path} face {index}")
    try:
        return _bytes(shaper, cut)
    finally:
        for release, handle in (
            (_call(cutter, "hb_subset_input_destroy", _HANDLE, result=None), wanted),
            (_call(shaper, "hb_face_destroy", _HANDLE, result=None), cut),
            (_call(shaper, "hb_face_destroy", _HANDLE, result=None), face),
            (_call(shaper, "hb_blob_destroy", _HANDLE, result=None), blob),
        ):
            release(handle)


def _bytes(shaper: ctypes.CDLL, face: Any) -> bytes:
    blob = _call(shaper, "hb_face_reference_blob", _HANDLE)(face)
    length = _COUNT()
    start = _call(shaper, "hb_blob_get_data", _HANDLE, ctypes.POINTER(_COUNT))(blob, ctypes.byref(length))
    data = ctypes.string_at(start, length.value)
    _call(shaper, "hb_blob_destroy", _HANDLE, result=None)(blob)
    return data


def _library(name: str) -> ctypes.CDLL:
    found = ctypes.util.find_library(name)
    if found is None:
        raise SubsettingFailed(f"lib{name} is not installed")
    return ctypes.CDLL(found)


def _call(library: ctypes.CDLL, name: str, *arguments: Any, result: Any = _HANDLE) -> Any:
    function = getattr(library, name)
    function.argtypes, function.restype = arguments, result
    return function
