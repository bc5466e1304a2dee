"""Files made to hurt a reader, made when asked for: ``KINDS[name]() -> bytes``. Pure Python, no real content.

Most are PDFs written object by object, since no library would write them. Sizes on disk stay below 10 MB (the bombs
are small until they are opened). ``HONEST`` is a page that every reader must read, whatever stands beside it.
"""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Callable, Mapping

SENTENCE = b"Le titulaire heberge les donnees de la commune en France."
TEXT = b"BT /F1 12 Tf 72 700 Td (" + SENTENCE + b") Tj ET"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"


def stream(content: bytes, extra: bytes = b"", *, length: bytes | None = None) -> bytes:
    """A stream object; ``length`` is what it says of its length, when that is not the truth."""
    size = length if length is not None else b"%d" % len(content)
    return b"<</Length " + size + extra + b">>stream\n" + content + b"\nendstream"


def flate(content: bytes, times: int = 1) -> bytes:
    """A stream compressed ``times`` over."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    return stream(content, b"/Filter[" + b"/FlateDecode" * times + b"]")


def built(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of the objects 1, 2 …, the first its catalog, with a true cross-reference table."""
    out = io.BytesIO(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + content + b"\nendobj\n")
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer<</Size %d/Root 1 0 R" % (len(objects) + 1) + trailer + b">>\nstartxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()


def sheet(content: bytes = TEXT, *extra: bytes, page: bytes = PAGE) -> bytes:
    """A PDF of one page with this content stream; ``extra`` objects are numbered from 6."""
    return built(CATALOG, PAGES, page, stream(content), FONT, *extra)


def resources(more: bytes) -> bytes:
    """The page with more resources."""
    return PAGE.replace(b"5 0 R>>>>", b"5 0 R>>" + more + b">>")


def box(corners: bytes) -> bytes:
    return sheet(page=PAGE.replace(b"0 0 612 792", corners))


HONEST = sheet()


def cut(percent: int) -> Callable[[], bytes]:
    whole = built(CATALOG, PAGES, PAGE, stream(TEXT * 40), FONT)
    return lambda: whole[: len(whole) * percent // 100]


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)  # the same file each time


def bit_flips() -> bytes:
    data, dice = bytearray(HONEST), random.Random(3)
    for _ in range(60):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return b"%PDF-1.4" + bytes(data[8:])


def startxref(value: bytes) -> Callable[[], bytes]:
    return lambda: HONEST[: HONEST.rindex(b"startxref")] + b"startxref\n" + value + b"\n%%EOF\n"


def xref_zeroed() -> bytes:
    begin, end = HONEST.rindex(b"xref\n0"), HONEST.rindex(b"trailer")
    return HONEST[:begin] + b"xref\n0 6\n" + b"0000000000 00000 n \n" * 6 + HONEST[end:]


def xref_loop() -> bytes:
    place = HONEST.index(b"xref\n0")
    return HONEST.replace(b"trailer<<", b"trailer<</Prev %d" % place)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", SENTENCE)
    return out.getvalue()


def deep_tree(depth: int = 20_000) -> bytes:
    nodes = [b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (n + 5, n + 7) for n in range(depth)]
    last = PAGE.replace(b"Parent 2 0 R", b"Parent %d 0 R" % (depth + 5))
    return built(CATALOG, PAGES.replace(b"3 0", b"6 0"), b"null", stream(TEXT), FONT, *nodes, last)


def billion_laughs(width: int = 10, depth: int = 10) -> bytes:
    """Forms that each draw the next ten times: 10¹⁰ lines of text."""
    head = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]"
    forms = [stream(b"/X Do " * width, head + b"/Resources<</XObject<</X %d 0 R>>>>" % (n + 7)) for n in range(depth)]
    last = stream(TEXT, head + b"/Resources<</Font<</F1 5 0 R>>>>")
    return sheet(b"/X Do", *forms, last, page=resources(b"/XObject<</X 6 0 R>>"))


def recursive_form() -> bytes:
    head = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>"
    return sheet(b"/X Do", stream(b"/X Do " + TEXT + b" /X Do", head), page=resources(b"/XObject<</X 6 0 R>>"))


def deep_forms(depth: int = 5_000) -> bytes:
    return billion_laughs(1, depth)


def type3_recursion() -> bytes:
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 97/LastChar 97/Widths[9]"
        b"/CharProcs<</a 7 0 R>>/Encoding<</Differences[97/a]>>/Resources<</Font<</T3 6 0 R>>>>>>"
    )
    glyph = stream(b"9 0 d0 BT /T3 9 Tf (aaaa) Tj ET")
    page = PAGE.replace(b"5 0 R>>", b"5 0 R/T3 6 0 R>>")
    return sheet(TEXT + b" BT /T3 9 Tf 72 600 Td (aaaa) Tj ET", font, glyph, page=page)


def image(width: int, height: int, content: bytes) -> Callable[[], bytes]:
    head = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % (width, height)
    data = zlib.compress(content, 9)
    drawn = b"q 500 0 0 500 50 50 cm /I Do Q"
    picture = stream(data, head + b"/Filter/FlateDecode")
    return lambda: sheet(TEXT + drawn, picture, page=resources(b"/XObject<</I 6 0 R>>"))


def grid(lines: int = 1_000) -> bytes:
    across = b"".join(b"50 %.2f m 550 %.2f l\n" % (y, y) for y in (50 + 0.5 * i for i in range(lines)))
    down = b"".join(b"%.2f 50 m %.2f 550 l\n" % (x, x) for x in (50 + 0.5 * i for i in range(lines)))
    return sheet(TEXT + b"\n.1 w\n" + across + down + b"S")


def many_pages(count: int = 5_000) -> bytes:
    kids = b" ".join(b"%d 0 R" % (n + 6) for n in range(count))
    tree = b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % count
    return built(CATALOG, tree, b"null", stream(TEXT), FONT, *[PAGE] * count)


def one_page_often(count: int = 1_000_000) -> bytes:
    tree = b"<</Type/Pages/Kids[" + b"3 0 R " * count + b"]/Count %d>>" % count
    return built(CATALOG, tree, PAGE, stream(TEXT), FONT)


def locked(user: str, bits: int) -> Callable[[], bytes]:
    def made() -> bytes:
        import pikepdf

        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(HONEST)) as document:
            level = {40: 2, 128: 4, 256: 6}[bits]
            aes = bits > 40
            document.save(
                out, encryption=pikepdf.Encryption(owner="o", user=user, R=level, aes=aes, metadata=aes)
            )  # fmt: skip
        return out.getvalue()

    return made


def text_bomb(size: int = 300_000_000) -> bytes:
    """300 MB of text operators in one stream, 1 MB once compressed; compressed piece by piece."""
    squeeze = zlib.compressobj(9)
    piece = (b"(" + SENTENCE + b") Tj 0 -12 Td\n") * 10_000
    parts = [squeeze.compress(b"BT /F1 12 Tf 72 700 Td\n")]
    parts += [squeeze.compress(piece) for _ in range(size // len(piece))]
    parts += [squeeze.compress(b"ET"), squeeze.flush()]
    return built(CATALOG, PAGES, PAGE, stream(b"".join(parts), b"/Filter/FlateDecode"), FONT)


def spaces_bomb(size: int = 1_000_000_000) -> bytes:
    squeeze = zlib.compressobj(9)
    inner = b"".join(squeeze.compress(b" " * 10_000_000) for _ in range(size // 10_000_000)) + squeeze.flush()
    data = zlib.compress(inner, 9)
    return built(CATALOG, PAGES, PAGE, stream(data, b"/Filter[/FlateDecode/FlateDecode]"), FONT)


def many_glyphs(count: int = 5_000_000) -> bytes:
    return built(CATALOG, PAGES, PAGE, flate(b"BT /F1 1 Tf 72 700 Td (" + b"a" * count + b") Tj ET"), FONT)


def updates(count: int = 3_000) -> bytes:
    """As many incremental updates, each with its own table."""
    out, place = io.BytesIO(HONEST), HONEST.index(b"xref\n0")
    out.seek(0, io.SEEK_END)
    for _ in range(count):
        before = place
        at = out.tell()
        out.write(b"5 0 obj\n" + FONT + b"\nendobj\n")
        place = out.tell()
        out.write(b"xref\n5 1\n%010d 00000 n \ntrailer<</Size 6/Root 1 0 R/Prev %d>>\n" % (at, before))
        out.write(b"startxref\n%d\n%%%%EOF\n" % place)
    return out.getvalue()


def outline_loop() -> bytes:
    catalog = CATALOG.replace(b">>", b"/Outlines 6 0 R>>")
    mark = b"<</Title(Article 1)/Parent 6 0 R/Next 7 0 R/First 7 0 R/Last 7 0 R>>"
    return built(catalog, PAGES, PAGE, stream(TEXT), FONT, b"<</First 7 0 R/Last 7 0 R/Count 9>>", mark)


def tagged(text: bytes) -> Callable[[], bytes]:
    return lambda: sheet(b"BT /F1 12 Tf " + text + b" 72 700 Td (" + SENTENCE + b") Tj ET")


def catalog(more: bytes, *extra: bytes, page: bytes = PAGE) -> bytes:
    """The honest page under a catalog that says more; ``extra`` objects are numbered from 6."""
    return built(CATALOG.replace(b">>", more + b">>"), PAGES, page, stream(TEXT), FONT, *extra)


def portfolio(*files: tuple[bytes, bytes]) -> bytes:
    """A PDF that is a cover for files: their names, and the stream objects they are."""
    names = b"".join(b"(%s) %d 0 R " % (name, 6 + 2 * n) for n, (name, _) in enumerate(files))
    objects: list[bytes] = []
    for n, (name, content) in enumerate(files):
        objects += [b"<</Type/Filespec/F(%s)/UF(%s)/EF<</F %d 0 R>>>>" % (name, name, 7 + 2 * n), content]
    return catalog(
        b"/Collection<</Type/Collection/View/D>>/Names<</EmbeddedFiles<</Names[" + names + b"]>>>>", *objects
    )


def portfolios(depth: int) -> bytes:
    data = HONEST
    for n in range(depth):
        data = portfolio((b"%d.pdf" % n, stream(data)))
    return data


def zeros_attached(size: int = 4_000_000_000) -> bytes:
    """A file of zeros, a gigabyte in a megabyte, then compressed once more."""
    squeeze = zlib.compressobj(9)
    inner = b"".join(squeeze.compress(bytes(10_000_000)) for _ in range(size // 10_000_000)) + squeeze.flush()
    return portfolio((b"zeros.bin", stream(zlib.compress(inner, 9), b"/Filter[/FlateDecode/FlateDecode]")))


def form(*fields: bytes, more: bytes = b"") -> bytes:
    """A page with these fields, objects numbered from 6."""
    numbers = b" ".join(b"%d 0 R" % (n + 6) for n in range(len(fields)))
    page = PAGE.replace(b"/Contents", b"/Annots[" + numbers + b"]/Contents")
    return catalog(b"/AcroForm<</Fields[" + numbers + b"]" + more + b">>", *fields, page=page)


def field(value: bytes, more: bytes = b"") -> bytes:
    return b"<</Type/Annot/Subtype/Widget/FT/Tx/F 4/T(a)/Rect[72 600 300 616]/V" + value + more + b">>"


_N = 100_000

# Name → maker. Lazy: a few take a second.
KINDS: Mapping[str, Callable[[], bytes]] = {
    **{f"truncated at {p} %": cut(p) for p in (1, 10, 50, 90, 99)},
    "zero byte": lambda: b"",
    "one byte": lambda: b"%",
    "header only": lambda: b"%PDF-1.7\n",
    "HTML": lambda: b"<!DOCTYPE html><html><body><p>" + SENTENCE + b"</p></body></html>",
    "PNG": lambda: b"\x89PNG\r\n\x1a\n" + bytes(500),
    "ZIP": zipped,
    "JSON": lambda: b'{"error": "session expired"}',
    "OLE": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "junk before the header": lambda: b"X-Mailer: junk\r\n" * 40 + HONEST,
    "junk that pushes the header away": lambda: b"\n" * 5_000 + HONEST,
    "NULs": lambda: bytes(100_000),
    "NULs after the header": lambda: b"%PDF-1.4\n" + bytes(1_000_000),
    "random bytes": lambda: noise(1, 100_000),
    "random bytes after the header": lambda: b"%PDF-1.4\n" + noise(2, 1_000_000),
    "bit flips": bit_flips,
    "spaces after the end": lambda: HONEST + b" " * 8_000_000,
    "xref zeroed": xref_zeroed,
    "xref loop": xref_loop,
    "xref oversized": lambda: HONEST.replace(b"xref\n0 6", b"xref\n0 2147483647"),
    "startxref beyond the end": startxref(b"999999999999"),
    "startxref negative": startxref(b"-42"),
    "updates, 3,000": updates,
    "page tree of itself": lambda: built(CATALOG, PAGES.replace(b"3 0 R", b"2 0 R"), PAGE, stream(TEXT), FONT),
    "page trees of each other": lambda: built(
        CATALOG, PAGES.replace(b"3 0 R", b"6 0 R"), PAGE, stream(TEXT), FONT, PAGES.replace(b"3 0 R", b"2 0 R")
    ),
    "page tree 20,000 deep": deep_tree,
    "count too high": lambda: built(CATALOG, PAGES.replace(b"Count 1", b"Count 2000000000"), PAGE, stream(TEXT), FONT),
    "count negative": lambda: built(CATALOG, PAGES.replace(b"Count 1", b"Count -1"), PAGE, stream(TEXT), FONT),
    "MediaBox not numbers": lambda: box(b"/NaN /NaN nan nan"),
    "MediaBox empty": lambda: box(b"0 0 0 0"),
    "MediaBox of 1e9": lambda: box(b"0 0 1000000000 1000000000"),
    "MediaBox inverted": lambda: box(b"612 792 0 0"),
    "length negative": lambda: built(CATALOG, PAGES, PAGE, stream(TEXT, length=b"-1"), FONT),
    "length huge": lambda: built(CATALOG, PAGES, PAGE, stream(TEXT, length=b"99999999999"), FONT),
    "length of itself": lambda: built(CATALOG, PAGES, PAGE, stream(TEXT, length=b"4 0 R"), FONT),
    "name of 1 MB": lambda: sheet(page=PAGE.replace(b"/Contents", b"/" + b"N" * 1_000_000 + b" 1/Contents")),
    "arrays 100,000 deep": lambda: sheet(TEXT, b"[" * _N + b"]" * _N, page=PAGE.replace(b"/Con", b"/Z 6 0 R/Con")),
    "dictionaries 100,000 deep": lambda: sheet(
        TEXT, b"<</A" * _N + b" 1" + b">>" * _N, page=PAGE.replace(b"/Con", b"/Z 6 0 R/Con")
    ),
    "arrays 100,000 deep in the content": lambda: sheet(b"[" * _N + b"]" * _N + b" TJ " + TEXT),
    "string unterminated": lambda: sheet(b"BT /F1 12 Tf 72 700 Td (" + SENTENCE + b" Tj ET"),
    "string unterminated in an object": lambda: HONEST.replace(b"/BaseFont", b"/X (abc /BaseFont"),
    "Type 3 recursion": type3_recursion,
    "form recursive": recursive_form,
    "forms 5,000 deep": deep_forms,
    "forms, billion laughs 10 × 10": billion_laughs,
    "Flate bomb, 300 MB of text": text_bomb,
    "Flate of Flate, 1 GB of spaces": spaces_bomb,
    "marked content 200,000 deep": lambda: sheet(b"/P BMC " * 200_000 + TEXT + b" EMC" * 200_000),
    "graphics states 200,000 deep": lambda: sheet(b"q " * 200_000 + TEXT + b" Q" * 200_000),
    "one page a million times": one_page_often,
    "5,000 pages": many_pages,
    "5 million characters on a page": many_glyphs,
    "grid of 1,000 × 1,000": grid,
    "image of 30,000²": image(30_000, 30_000, bytes(1_000)),
    "image smaller than it says": image(3_000, 3_000, bytes(10)),
    "image of a negative size": image(-5, 2_147_483_647, bytes(10)),
    "encrypted, password": locked("secret", 256),
    "encrypted, owner only": locked("", 256),
    "encrypted, RC4-40": locked("", 40),
    "encrypted, garbled": lambda: built(
        CATALOG, PAGES, PAGE, stream(TEXT), FONT, b"<</Filter/Standard/V 5/R 99/O(x)/U()/P 1e99>>",
        trailer=b"/Encrypt 6 0 R/ID[(a)(b)]",
    ),
    "outline loop": outline_loop,
    "portfolio": lambda: portfolio((b"CCTP.pdf", stream(HONEST))),
    "XFA": lambda: catalog(b"/AcroForm<</Fields[]/XFA 6 0 R>>", stream(b"<xdp>" + b"<a>" * _N + b"</xdp>")),
    "XFA, dynamic": lambda: catalog(b"/NeedsRendering true/AcroForm<</Fields[]/XFA 6 0 R>>", stream(b"<xdp></xdp>")),
    "JavaScript": lambda: catalog(b"/OpenAction<</S/JavaScript/JS(while \\(true\\) {})>>"),
    "launch action": lambda: catalog(b"/OpenAction<</S/Launch/F(/bin/true)>>"),
    "form of 100,000 fields": lambda: form(*[field(b"(a)")] * _N),
    "form field of 8 MB": lambda: form(field(b"(" + b"a " * 4_000_000 + b")")),
    "form field of itself": lambda: form(field(b"6 0 R", b"/Parent 6 0 R/Kids[6 0 R]")),
    "form field without end": lambda: form(field(b"(a)").replace(b"72 600 300 616", b"-1e38 NaN 1e38 1e38")),
    "text invisible": tagged(b"3 Tr"),
    "text white": tagged(b"1 g"),
    "text off the page": tagged(b"5000 5000 Td"),
    "text of control characters": lambda: sheet(b"BT /F1 12 Tf 72 700 Td <" + b"0001021B7F" * 2_000 + b"> Tj ET"),
    "font size 1e9": lambda: sheet(TEXT.replace(b"12 Tf", b"1000000000 Tf")),
    "font size 1e-9": lambda: sheet(TEXT.replace(b"12 Tf", b"0.000000001 Tf")),
    "numbers of 10,000 digits": lambda: sheet(TEXT.replace(b"72 700", b"9" * 10_000 + b" -" + b"9" * 10_000)),
}  # fmt: skip

# PDFs that carry files: what becomes of these shows when they are opened as a part of a tender.
CARRIERS: Mapping[str, Callable[[], bytes]] = {
    "PDF portfolio": lambda: portfolio(
        (b"CCTP.pdf", stream(HONEST)), (b"AE.pdf", stream(locked("secret", 256)())), (b"BPU.pdf", stream(HONEST[:200])),
        (b"../../RC.txt", stream(SENTENCE)), (b"outil.exe", stream(b"MZ" + bytes(200))), (b"vide.pdf", stream(b"")),
        (b"perdu.pdf", b"null"),
    ),
    "PDF portfolio, 10 deep": lambda: portfolios(10),
    "PDF portfolio of 20,000 files": lambda: portfolio(*((b"%d.txt" % n, stream(SENTENCE)) for n in range(20_000))),
    "PDF attachment bomb, 4 GB": zeros_attached,
}  # fmt: skip
