"""Makes tests/data/images with real encoders: pip install pillow img2pdf pikepdf. Not needed to build or test."""

import io
import zipfile
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image, ImageDraw

OUT = Path(__file__).parent / "images"
WIDTH, HEIGHT = 160, 120


def page(mode="RGB"):
    """A ruled sheet with a little text; enough structure for every encoder to do its work."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    for y in range(30, HEIGHT, 12):
        draw.line((8, y, WIDTH - 8, y), fill=(90, 90, 160))
    draw.rectangle((8, 6, 70, 22), outline="black")
    draw.text((12, 8), "INVOICE", fill="black")
    draw.text((12, 44), "No. 2025-0042", fill=(160, 30, 30))
    return image.convert(mode)


def save(name, image, **options):
    image.save(OUT / name, **options)


def exif(unit, dots=300):
    tags = Image.Exif()
    tags[282] = tags[283] = dots
    if unit:
        tags[296] = unit
    return tags


def set_jfif_unit(name, unit, x, y):
    """Pillow writes units 0 and 1 only; the field stands at a fixed place."""
    path = OUT / name
    data = bytearray(path.read_bytes())
    assert data[6:11] == b"JFIF\0"
    data[13:18] = bytes([unit]) + x.to_bytes(2, "big") + y.to_bytes(2, "big")
    path.write_bytes(data)


def jpegs():
    save("jfif-unit0.jpg", page())
    save("jfif-inch-300.jpg", page(), dpi=(300, 300))
    save("jfif-inch-200x100.jpg", page("L"), dpi=(200, 100))
    save("jfif-cm-118.jpg", page("L"))
    set_jfif_unit("jfif-cm-118.jpg", 2, 118, 118)
    save("exif-inch-300.jpg", page(), exif=exif(2))
    save("exif-no-unit-240.jpg", page(), exif=exif(None, 240))
    save("exif-cm-100.jpg", page(), exif=exif(3, 100))
    save("cmyk-300.jpg", page("CMYK"), dpi=(300, 300))
    save("progressive-300.jpg", page(), dpi=(300, 300), progressive=True)
    whole = (OUT / "jfif-inch-300.jpg").read_bytes()
    (OUT / "truncated.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    (OUT / "padded.jpg").write_bytes(whole + bytes(512))


def pngs():
    save("plain.png", page("L"))
    save("phys-300.png", page("L"), dpi=(300, 300))
    save("bilevel-600.png", page("1"), dpi=(600, 600))
    whole = (OUT / "phys-300.png").read_bytes()
    (OUT / "truncated.png").write_bytes(whole[:-40])
    (OUT / "text-mode.png").write_bytes(whole.replace(b"\r\n", b"\n"))


def big_endian_tiff(unit):
    """An uncompressed 8-bit page written by hand, because Pillow writes little-endian only."""
    import struct

    pixels = page("L").tobytes()
    entries = [
        (256, 3, 1, WIDTH << 16), (257, 3, 1, HEIGHT << 16), (258, 3, 1, 8 << 16), (259, 3, 1, 1 << 16),
        (262, 3, 1, 1 << 16), (273, 4, 1, 8), (277, 3, 1, 1 << 16), (278, 3, 1, HEIGHT << 16),
        (279, 4, 1, len(pixels)), (282, 5, 1, 8 + len(pixels)), (283, 5, 1, 16 + len(pixels)),
    ]
    if unit:
        entries.append((296, 3, 1, unit << 16))
    rationals = struct.pack(">IIII", 300, 1, 300, 1)
    directory = struct.pack(">H", len(entries)) + b"".join(struct.pack(">HHII", *e) for e in entries) + bytes(4)
    return b"MM\0*" + struct.pack(">I", 24 + len(pixels)) + pixels + rationals + directory


def tiffs():
    save("little-endian-300.tif", page("L"), dpi=(300, 300), compression="tiff_lzw")
    (OUT / "big-endian-300.tif").write_bytes(big_endian_tiff(2))
    (OUT / "no-unit-300.tif").write_bytes(big_endian_tiff(None))
    save("unit-none.tif", page("L"), compression="tiff_lzw", resolution_unit=1, x_resolution=300, y_resolution=300)
    save("cm-100.tif", page("L"), compression="tiff_lzw", resolution_unit=3, x_resolution=100, y_resolution=100)
    save("no-resolution.tif", page("L"), compression="tiff_lzw")
    save("g4-200.tif", page("1"), compression="group4", dpi=(200, 200))
    save("big-300.tif", page("1"), dpi=(300, 300), big_tiff=True)
    save("jpeg-in-tiff-300.tif", page(), dpi=(300, 300), compression="jpeg")
    pages = [page("1").copy() for _ in range(3)]
    with io.BytesIO() as buffer:
        from PIL import TiffImagePlugin

        with TiffImagePlugin.AppendingTiffWriter(buffer, True) as writer:
            for image, dots in zip(pages, (300, 150, 200)):
                image.save(writer, format="TIFF", compression="group4", dpi=(dots, dots))
                writer.newFrame()
        (OUT / "multipage-300-150-200.tif").write_bytes(buffer.getvalue())
    whole = (OUT / "big-endian-300.tif").read_bytes()
    (OUT / "truncated-directory.tif").write_bytes(whole[:-60])
    front = (OUT / "big-300.tif").read_bytes()
    (OUT / "truncated-strip.tif").write_bytes(front[:-100])


def others():
    save("plain.gif", page("P"))
    save("bottom-up-200.bmp", page("L"), dpi=(200, 200))
    save("plain.bmp", page("1"))
    (OUT / "truncated.bmp").write_bytes((OUT / "plain.bmp").read_bytes()[:-100])
    save("lossy.webp", page(), quality=60)
    save("lossless.webp", page("RGB"), lossless=True)
    save("extended.webp", page(), quality=60, exif=exif(2))
    (OUT / "truncated.webp").write_bytes((OUT / "lossy.webp").read_bytes()[:-10])


def pdfs():
    image = (OUT / "jfif-inch-300.jpg").read_bytes()
    (OUT / "plain.pdf").write_bytes(img2pdf.convert(image))
    with pikepdf.open(OUT / "plain.pdf") as pdf:
        pdf.save(OUT / "xref-stream.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
        pdf.save(OUT / "linearized.pdf", linearize=True)
        secret = pikepdf.Encryption(owner="owner", user="user", R=6)
        pdf.save(OUT / "encrypted-aes256.pdf", encryption=secret)
        old = pikepdf.Encryption(owner="owner", user="user", R=3, aes=False, metadata=False)
        pdf.save(OUT / "encrypted-rc4.pdf", encryption=old,
                 object_stream_mode=pikepdf.ObjectStreamMode.disable)
        pdf.save(OUT / "encrypted-linearized.pdf", encryption=secret, linearize=True)
    whole = (OUT / "plain.pdf").read_bytes()
    (OUT / "truncated.pdf").write_bytes(whole[: len(whole) // 2])


OFD_XML = """<?xml version="1.0" encoding="UTF-8"?>
<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.1" DocType="OFD">
  <ofd:DocBody><ofd:DocInfo><ofd:DocID>00000000000000000000000000000042</ofd:DocID></ofd:DocInfo>
    <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>
</ofd:OFD>
"""
DOCUMENT_XML = """<?xml version="1.0" encoding="UTF-8"?>
<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016">
  <ofd:CommonData><ofd:MaxUnitID>2</ofd:MaxUnitID>
    <ofd:PageArea><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>
  <ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>
</ofd:Document>
"""
CONTENT_XML = """<?xml version="1.0" encoding="UTF-8"?>
<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"/>
"""


def ofd(names, title=""):
    page = CONTENT_XML.replace("/>", f"><!-- {title} --></ofd:Page>") if title else CONTENT_XML
    content = {"OFD.xml": OFD_XML, "Doc_0/Document.xml": DOCUMENT_XML, "Doc_0/Pages/Page_0/Content.xml": page}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 2, 3, 4, 6)), content.get(name, "filler\n" * 20))
    return buffer.getvalue()


PARTS = ["Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml"]


def ofd_with(title):
    return ofd(["OFD.xml", *PARTS], title)


def archives():
    early = ofd(["OFD.xml", *PARTS])
    (OUT / "early-entry.ofd").write_bytes(early)
    filler = [f"Doc_0/Res/image_{number}.dat" for number in range(20)]
    (OUT / "late-entry.ofd").write_bytes(ofd([*PARTS, *filler, "OFD.xml"]))
    (OUT / "truncated.ofd").write_bytes(early[:-30])
    (OUT / "not-ofd.zip").write_bytes(ofd(["readme.txt"]))


def texts():
    xml = '<?xml version="1.0" encoding="{}"?>\n<invoice><number>2025-0042</number><buyer>东方公司</buyer></invoice>\n'
    (OUT / "utf-8.xml").write_bytes(xml.format("UTF-8").encode())
    (OUT / "utf-8-bom.xml").write_bytes(b"\xef\xbb\xbf" + xml.format("UTF-8").encode())
    (OUT / "utf-16.xml").write_bytes(xml.format("UTF-16").encode("utf-16"))
    (OUT / "utf-16-be.xml").write_bytes(b"\xfe\xff" + xml.format("UTF-16").encode("utf-16-be"))
    (OUT / "gb18030.xml").write_bytes(xml.format("GB18030").encode("gb18030"))
    (OUT / "page.html").write_text("<!DOCTYPE html>\n<html><head><title>503</title></head><body>down</body></html>\n")


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for make in (jpegs, pngs, tiffs, others, pdfs, archives, texts):
        make()
