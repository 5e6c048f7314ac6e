"""The task book against a plain WeasyPrint call, and its four signatures against a plain pyHanko loop.

The plain call is what a first version does: one `HTML(...).write_pdf(...)` a request, the same text in Debian's Noto
font, QR code as SVG, automatic table layout. Both run in fresh processes of their own, so that memory can be compared.
"""

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
CODE = "7K3M9QXT2R5V"
TEMPLATE = "documents/pdf/task_book.html"


def run() -> dict[str, Any]:
    """CPU seconds, bytes and memory of both ways, and the ratios with their limits."""
    ours, plain = measure("ours", "plain")
    signing, loop = measure("signing", "loop")
    return {
        "task book (ours)": ours,
        "task book (plain)": plain,
        "four signatures (ours)": signing,
        "four signatures (plain)": loop,
        "ours/plain CPU_over": ratio(ours, plain, "cpu", 1 / 1.8),
        "ours/plain bytes_over": ratio(ours, plain, "bytes", 0.45),
        "ours/plain memory_over": ratio(ours, plain, "memory_mb", 1.0),
        "signing/plain CPU_over": ratio(signing, loop, "cpu", 1.0),
    }


def ratio(mine: dict[str, Any], theirs: dict[str, Any], key: str, limit: float) -> dict[str, float]:
    """Median against median."""
    middle = [sorted(side[key])[len(side[key]) // 2] if key == "cpu" else side[key] for side in (mine, theirs)]
    return {"ratio": round(middle[0] / middle[1], 3), "limit": round(limit, 3)}


def measure(*ways: str) -> list[dict[str, Any]]:
    """Each way in a process of its own, round by round in turns, so that a busy machine slows both alike."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "anso_portal.settings", "PORTAL_MODE": "demo"}
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.pdf", way], cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True
        )
        for way in ways
    ]
    results: list[dict[str, Any]] = [{"cpu": []} for _ in ways]
    for number in range(ROUNDS + 1):
        for process, result in zip(processes, results, strict=True):
            answer = one_round(process)
            if number:  # the first one warms up
                result["cpu"].append(answer["cpu"])
            result |= {"bytes": answer["bytes"], "memory_mb": answer["memory_mb"]}
    for process in processes:
        process.communicate()
    return results


def one_round(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Ask the process for one document."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def answer_rounds(work: Callable[[], bytes]) -> None:
    """In the measured process: a line asks for a round, a line of JSON tells what it took."""
    for _ in sys.stdin:
        start = time.process_time()
        data = work()
        cpu = time.process_time() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"cpu": cpu, "bytes": len(data), "memory_mb": round(memory, 1)}), flush=True)


# ---------------------------------------------------------------- inside the measured processes
def html() -> str:
    """The task book's HTML, as both ways get it."""
    from documents.rendering import render_html
    from tests.documents.samples import sample_task_book

    return render_html(TEMPLATE, sample_task_book(), language="zh-hans", code=CODE)


def ours() -> Callable[[], bytes]:
    """As the layout process does it: engine kept, garbage collected between documents."""
    import gc

    from django.conf import settings

    from documents.layout import engine
    from documents.rendering import _style

    page = html()
    ready = engine(_style(), Path(settings.FONTS_DIR))
    ready.render("<html lang=en><title>warm</title><p>暖 warm</p></html>")
    gc.collect()
    gc.freeze()
    gc.disable()

    def work() -> bytes:
        data = ready.render(page)
        gc.collect()
        return data

    return work


def plain() -> Callable[[], bytes]:
    """A naive call for each document."""
    import segno
    from weasyprint import CSS, HTML

    from documents.qr import verification_url
    from documents.rendering import _style

    code = segno.make(verification_url(CODE), error="m", boost_error=False, micro=False)
    page = re.sub(r'src="data:image/png;base64,[^"]*"', f'src="{code.svg_data_uri()}"', html())
    page = re.sub(r"<colgroup>.*?</colgroup>", "", page)
    style = _style().replace("table-layout: fixed;", "").replace('"Portal Sans", ', "").replace('"Portal Serif", ', "")

    def work() -> bytes:
        data: bytes = HTML(string=page).write_pdf(stylesheets=[CSS(string=style)], pdf_variant="pdf/ua-1")
        return data

    return work


def prepared() -> tuple[bytes, Any]:
    """The task book with its empty fields, and keys in a temporary directory."""
    import tempfile

    from documents.keys import DemoKeys
    from documents.rendering import render_pdf
    from documents.signing import prepare_fields
    from tests.documents.samples import SIGNATORIES, sample_task_book

    book = render_pdf(TEMPLATE, sample_task_book(), language="zh-hans", code=CODE)
    return prepare_fields(book, SIGNATORIES), DemoKeys(Path(tempfile.mkdtemp()), "demo")


def signing() -> Callable[[], bytes]:
    """Four signatures as the portal makes them."""
    from core import clock
    from documents.keys import Owner
    from documents.signing import sign
    from tests.documents.samples import SIGNATORIES

    start, keys = prepared()

    def work() -> bytes:
        data = start
        for one in SIGNATORIES:
            key = keys.key(f"user-{one.field}", Owner(one.name, one.party))
            data = sign(
                data, field=one.field, key=key, name=one.name, institution=one.party, reason="签署", at=clock.now()
            )
        return data

    return work


def loop() -> Callable[[], bytes]:
    """Four signatures as pyHanko's first example makes them: key read each time, size by dry run, Latin text stamp."""
    import io

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
    from pyhanko.stamp import TextStampStyle

    from documents.keys import Owner, key_path
    from tests.documents.samples import SIGNATORIES

    start, keys = prepared()
    for one in SIGNATORIES:
        keys.key(f"user-{one.field}", Owner(one.name, one.party))

    def work() -> bytes:
        data = start
        for one in SIGNATORIES:
            signer = SimpleSigner.load_pkcs12(str(key_path(keys.directory, f"user-{one.field}")), passphrase=b"demo")
            meta = PdfSignatureMetadata(field_name=one.field, subfilter=SigSeedSubFilter.PADES, reason="签署")
            # Latin text in a built-in font; a CJK font embedded in the stamp would take longer still.
            style = TextStampStyle(stamp_text=f"{one.name.en} {one.party.en}\n%(ts)s")
            writer = IncrementalPdfFileWriter(io.BytesIO(data))
            data = PdfSigner(meta, signer=signer, stamp_style=style).sign_pdf(writer).getvalue()
        return data

    return work


if __name__ == "__main__":
    import django

    django.setup()
    answer_rounds({"ours": ours, "plain": plain, "signing": signing, "loop": loop}[sys.argv[1]]())
