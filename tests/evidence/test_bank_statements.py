"""The file in which a bank states what the program cannot know: what it may hold, and what is refused how."""

import pytest

from credit.evidence.bank_statements import LARGEST, read_statements

KNOWN = ("1a.provider", "1a.purpose", "8.declaration")


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "bank.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_texts_and_documents_are_read(file, tmp_path):
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "d.pdf").write_bytes(b"%PDF-1.4")
    said = read_statements(
        file('"1a.provider" = "Bank\\n & Sons"\n"8.declaration" = { text = "Signed.", file = "papers/d.pdf" }\n'), KNOWN
    )
    assert said.name == "bank.toml"
    assert said.by_line["1a.provider"].text == "Bank & Sons"
    assert said.by_line["8.declaration"].file == ("statements/8.declaration-d.pdf", b"%PDF-1.4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"1a.provide" = "x"', r"'1a.provide' is no line of the pack; did you mean 1a.provider"),
        ('1a.provider = "x"', r"'1a' is no line .*write it in quotes"),
        ('"1a.provider" = " "', "1a.provider has no text"),
        ('"1a.provider" = 3', "1a.provider is a text, or"),
        ('"1a.provider" = { text = "x", page = 2 }', "1a.provider is a text, or"),
        ('"8.declaration" = { text = "x", file = "no.pdf" }', "there is no file no.pdf"),
        ('"8.declaration" = { text = "x", file = "../no.pdf" }', "is not in the folder of this file"),
        ('"8.declaration" = { text = "x", file = 1 }', "file is the name of a document, not int"),
        ('"1a.provider', "is no TOML in UTF-8"),
    ],
)
def test_what_is_no_statement_is_refused_with_the_rule(file, text, message):
    with pytest.raises(ValueError, match=message):
        read_statements(file(text), KNOWN)


def test_a_large_document_is_refused(file, tmp_path):
    with (tmp_path / "d.pdf").open("wb") as document:
        document.truncate(LARGEST + 1)
    with pytest.raises(ValueError, match="larger than 20,000,000 bytes"):
        read_statements(file('"8.declaration" = { text = "x", file = "d.pdf" }'), KNOWN)
