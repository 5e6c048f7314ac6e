"""Files that are asked of all, and of those who give a certain answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.clauses.partners import AttachmentIf, FileKind, RequiredAttachment
from programs.dossier import Attachment, Dossier
from tests.programs.dossiers import good_facts

PDF = "application/pdf"
KIND = FileKind(key="paper", zh="文件", en="Paper", media_types=(PDF,))
IF = AttachmentIf(kind="attachment_if", article="C41", question="q", answer="yes", file=KIND)
ALWAYS = RequiredAttachment(kind="attachment", article="C17", file=KIND)


def with_files(*media_types: str, answer: str = "yes", kind: str = "paper") -> Dossier:
    files = [Attachment(key=f"f{n}", kind=kind, media_type=name) for n, name in enumerate(media_types)]
    return Dossier(attachments=tuple(files), answers={"q": answer})


@given(st.lists(st.sampled_from([PDF, "image/png"]), max_size=4), st.sampled_from(["yes", "no", ""]))
def test_the_file_is_asked_of_those_who_give_the_answer(media_types: list[str], answer: str):
    dossier = with_files(*media_types, answer=answer)
    wrong = [finding.field for finding in ALWAYS.check(dossier, good_facts())]
    assert bool(wrong) is (not media_types or "image/png" in media_types)
    assert [finding.field for finding in IF.check(dossier, good_facts())] == (wrong if answer == "yes" else [])


@pytest.mark.parametrize("clause", [IF, ALWAYS])
def test_another_kind_of_file_does_not_count(clause: AttachmentIf | RequiredAttachment):
    (finding,) = clause.check(with_files(PDF, kind="other"), good_facts())
    assert finding.field == "attachments.paper"
