"""The public verification page: is this paper, or this file, what was issued?"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.access import PUBLIC, open_to
from documents import throttle
from documents.qr import display_code, normalise_code
from documents.queries import PublicDocument, match_file, public_document

TEMPLATE = "documents/verify.html"


@open_to(PUBLIC)
@require_safe
def verify_start(request: HttpRequest) -> HttpResponse:
    """The form for a code; with `?code=` on to its page."""
    code = request.GET.get("code", "").strip()
    if normal := normalise_code(code):
        return redirect("verify", code=normal)
    error = _("A code has 12 letters and digits, such as 7K3M-9QXT-2R5V.") if code else ""
    return render(request, TEMPLATE, {"typed": code, "error": error}, status=422 if error else 200)


@open_to(PUBLIC)
@require_safe
def verify_short(request: HttpRequest, code: str) -> HttpResponseRedirect:
    """The short address in the QR code."""
    return redirect("verify", code=normalise_code(code) or code)


@open_to(PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What was issued under the code; a posted file is compared with it and not kept."""
    if throttle.is_over(request, "miss") or (request.method == "POST" and throttle.is_over(request, "upload")):
        error = _("Too many attempts. Please try again in ten minutes.")
        return render(request, TEMPLATE, {"typed": code, "error": error}, status=429)
    with public_document(code) as public:
        if public is None:
            throttle.count(request, "miss")
            error = _("No document was issued under this code. Please compare it with the paper.")
            return render(request, TEMPLATE, {"typed": code, "error": error}, status=404)
        context = {"public": public, "document": public.document, "shown_code": display_code(public.document.code)}
        if request.method != "POST":
            return render(request, TEMPLATE, context)
        throttle.count(request, "upload")
        return _compare(request, public, context)


def _compare(request: HttpRequest, public: PublicDocument, context: dict[str, object]) -> HttpResponse:
    upload = request.FILES.get("file")
    if upload is None or not upload.size:
        return render(request, TEMPLATE, context | {"file_error": _("Please choose a file.")}, status=422)
    if upload.size > settings.MAX_UPLOAD_BYTES:
        megabytes = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
        error = _("The file is larger than %(megabytes)s MB.") % {"megabytes": megabytes}
        return render(request, TEMPLATE, context | {"file_error": error}, status=413)
    match = match_file(public, upload.read())
    return render(request, TEMPLATE, context | {"match": match.value, "file_name": upload.name})
