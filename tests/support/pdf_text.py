"""The text of a PDF as Chromium writes it, without a library: each font's codes by its own table of characters.

Enough to see that a PDF opens, how many pages it has and what they say; a file of another program may want more.
"""

import re
import zlib


class Pdf:
    """``pages``: how many. ``text``: of all pages, in their order, without blanks that are not written."""

    def __init__(self, content):
        assert content.startswith(b"%PDF-"), content[:10]
        assert content.rstrip().endswith(b"%%EOF")
        self._objects = self._from_table(content)
        bodies = {number: self._stream(body) for number, body in self._objects.items() if b"stream" in body}
        fonts = {
            number: self._characters(bodies[int(match[1])])
            for number, body in self._objects.items()
            if (match := re.search(rb"/ToUnicode (\d+) 0 R", body))
        }
        pages = [body for body in self._objects.values() if re.search(rb"/Type\s*/Page\b", body)]
        self.pages, texts = len(pages), []
        for page in pages:
            named = {name: fonts[int(number)] for name, number in self._fonts(page) if int(number) in fonts}
            (contents,) = re.findall(rb"/Contents (\d+) 0 R", page)
            texts.append(self._shown(bodies[int(contents)], named))
        self.text = "\n".join(texts)

    def _from_table(self, content):
        """Number -> object, by the table of places at the end: where that is wrong, nothing is found."""
        (place,) = re.findall(rb"startxref\s+(\d+)\s+%%EOF", content)
        lines = content[int(place) :].split(b"\n")
        assert lines[0].strip() == b"xref", lines[0]
        first, count = map(int, lines[1].split())
        found = {}
        for number, line in enumerate(lines[2 : 2 + count], first):
            offset, _, kind = line.split()
            if kind == b"n":
                begin = content[int(offset) :]
                assert begin.startswith(b"%d 0 obj" % number), begin[:20]
                found[number] = begin[: begin.index(b"endobj")]
        return found

    def _stream(self, body):
        begin = re.search(rb"stream\r?\n", body).end()
        (length,) = re.findall(rb"/Length (\d+)", body[:begin])[:1]
        raw = body[begin : begin + int(length)]
        return zlib.decompress(raw) if b"/FlateDecode" in body[:begin] else raw

    def _fonts(self, page):
        resources = re.search(rb"/Font\s*<<(.*?)>>", page, re.DOTALL)
        return [] if resources is None else re.findall(rb"/(\w+) (\d+) 0 R", resources[1])

    def _characters(self, table):
        found = {}
        for begin, end, text in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]{4})> <([0-9A-F]+)>", table, re.IGNORECASE):
            for step in range(int(end, 16) - int(begin, 16) + 1):
                found[int(begin, 16) + step] = chr(int(text, 16) + step) if len(text) == 4 else self._utf16(text)
        for part in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
            for code, text in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", part, re.IGNORECASE):
                found[int(code, 16)] = self._utf16(text)
        return found

    def _utf16(self, text):
        return bytes.fromhex(text.decode()).decode("utf-16-be")

    def _shown(self, stream, fonts):
        """Text of the operators Tj and TJ; another line begins where the place is set."""
        out, font = [], {}
        for name, shown in re.findall(rb"/(\w+) [\d.]+ Tf|((?:<[0-9A-F]+>|\[[^\]]*\])\s*T[jJ])", stream, re.IGNORECASE):
            if name:
                font = fonts.get(name, {})
                continue
            codes = b"".join(re.findall(rb"<([0-9A-Fa-f]+)>", shown))
            out.append("".join(font.get(int(codes[k : k + 4], 16), "") for k in range(0, len(codes), 4)))
        return "".join(out)
