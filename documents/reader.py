"""pyHanko's PDF reader, made fit for files whose objects lie in one large object stream, as WeasyPrint's do."""

import io
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader


class IndexedReader(PdfFileReader):  # type: ignore[misc]  # pyHanko is read without its types
    """Reads an object stream's table of contents once; the parent reads it again for every object.

    On a 12-page tagged task book with four signatures that takes validation from 86 s to under two.
    """

    def __init__(self, data: bytes, *, strict: bool = True) -> None:
        self._tables: dict[int, tuple[bytes, int, list[tuple[int, int]]]] = {}
        super().__init__(io.BytesIO(data), strict=strict)

    def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> Any:
        if stmnum not in self._tables:
            self._tables[stmnum] = self._read_table(stmnum)
        data, first, entries = self._tables[stmnum]
        if not 0 <= idx < len(entries) or entries[idx][0] != idnum:
            raise PdfReadError(f"object {idnum} is not at place {idx} of object stream {stmnum}")
        stream = io.BytesIO(data)
        stream.seek(first + entries[idx][1])
        found = generic.read_object(stream, generic.Reference(idnum, 0, self))
        if isinstance(found, generic.StreamObject | generic.IndirectObject):
            raise PdfReadError(f"object {idnum} is of a type that no object stream may hold")
        return found

    def _read_table(self, stmnum: int) -> tuple[bytes, int, list[tuple[int, int]]]:
        stream = generic.Reference(stmnum, 0, self).get_object()
        if not isinstance(stream, generic.StreamObject) or stream["/Type"] != "/ObjStm":
            raise PdfReadError(f"object {stmnum} is no object stream")
        data, first, count = stream.read_data(DecodePurpose.OBJECT_STREAM), int(stream["/First"]), int(stream["/N"])
        numbers = [int(word) for word in data[:first].split()]
        if len(numbers) < 2 * count:
            raise PdfReadError(f"the table of object stream {stmnum} is damaged")
        return data, first, [(numbers[2 * i], numbers[2 * i + 1]) for i in range(count)]
