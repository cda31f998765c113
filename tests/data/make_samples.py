"""Makes jobs/sample/archive: pip install pillow img2pdf pikepdf. Not needed to build, to test or to run the samples."""

import io
import random
import shutil
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image, ImageDraw, ImageFont

from make_images import ofd_with

ARCHIVE = Path(__file__).parents[2] / "jobs/sample/archive"
WORDS = "taxi hotel rail meals parts freight courier rent tooling paper fuel print seal lease audit travel".split()


def scan(title, number, dpi=200, millimetres=(105, 74)):
    """A slip as a scanner sees it: a heading, a table of amounts, a total and a stamp; the same for the same number."""
    chance = random.Random(f"{title} {number}")
    width, height = (round(side / 25.4 * dpi) for side in millimetres)
    image = Image.new("L", (width, height), 255)
    draw, unit = ImageDraw.Draw(image), dpi / 25.4
    large, small = ImageFont.load_default(unit * 5), ImageFont.load_default(unit * 3.2)
    draw.text((unit * 6, unit * 4), title, font=large, fill=0)
    draw.text((unit * 6, unit * 11), f"No. {number}", font=small, fill=0)
    total = 0
    for row in range(4):
        amount, y = chance.randint(1200, 99900), unit * (20 + row * 7)
        total += amount
        draw.line((unit * 6, y + unit * 5, width - unit * 6, y + unit * 5), fill=0, width=2)
        draw.text((unit * 7, y), chance.choice(WORDS), font=small, fill=0)
        draw.text((width - unit * 26, y), f"{amount / 100:,.2f}", font=small, fill=0)
    draw.text((width - unit * 40, unit * 50), f"Total {total / 100:,.2f}", font=large, fill=0)
    x = unit * chance.randint(12, 30)
    draw.ellipse((x, unit * 49, x + unit * 18, unit * 67), outline=90, width=3)
    draw.text((x + unit * 4, unit * 56), "PAID", font=small, fill=90)
    return image


def encoded(image, kind, dpi=200, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, dpi=(dpi, dpi), **options)
    return buffer.getvalue()


def tif(title, number, dpi=200):
    return encoded(scan(title, number, dpi).convert("1", dither=0), "TIFF", dpi, compression="group4")


def tif_pages(title, number, pages):
    first, *rest = (scan(f"{title} {page}/{pages}", number).convert("1", dither=0) for page in range(1, pages + 1))
    return encoded(first, "TIFF", 200, compression="group4", save_all=True, append_images=rest)


def png(title, number, dpi=200):
    return encoded(scan(title, number, dpi).convert("1", dither=0), "PNG", dpi, optimize=True)


def jpg(title, number, dpi=200):
    return encoded(scan(title, number, dpi, (70, 74)), "JPEG", dpi, quality=12, optimize=True)


def photo(title, number):
    """As a telephone stores it: no resolution is stated."""
    buffer = io.BytesIO()
    scan(title, number, 150, (70, 74)).save(buffer, "JPEG", quality=12, optimize=True)
    return buffer.getvalue()


def pdf(title, number, dpi=200):
    return img2pdf.convert(tif(title, number, dpi), nodate=True)


def encrypted_pdf(title, number):
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(title, number))) as plain:
        plain.save(buffer, encryption=pikepdf.Encryption(owner="owner", user="secret", R=6))
    return buffer.getvalue()


def xml(title, number):
    amount = random.Random(number).randint(1200, 99900) / 100
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<EInvoice>
  <Title>{title}</Title>
  <Number>{number}</Number>
  <Seller>东方办公用品有限公司</Seller>
  <Buyer>埃克米（中国）有限公司</Buyer>
  <Amount currency="CNY">{amount:.2f}</Amount>
</EInvoice>
""".encode()


def ofd(title, number):
    return ofd_with(f"{title} {number}")


def put(key, content):
    path = ARCHIVE / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def document(organization, kind, day, image, files):
    for name, make in files.items():
        title = f"{kind} {name.rsplit('.')[0]}" if name.isascii() else kind
        put(f"{organization}/{kind}/{day}/{image}/{name}", make(title.upper(), f"{image}/{len(name)}"))


def expense(day, image, **files):
    names = {name.replace("_", "-", 1).replace("_", "."): make for name, make in files.items()}
    document("ACME-CN", "expense-report", f"2025/{day}", image, names)


def expenses():
    expense("01/06", "EXP-0001", cover_01_tif=tif, invoice_01_pdf=pdf)
    expense("01/06", "EXP-0002", cover_01_jpg=jpg, invoice_01_png=png, attachment_01_tif=tif)
    expense("01/08", "EXP-0003", cover_01_tif=tif, invoice_01_ofd=ofd)
    expense("01/15", "EXP-0004", cover_01_png=png, invoice_01_xml=xml, invoice_02_pdf=pdf)
    expense("01/22", "EXP-0005", cover_01_tif=tif, invoice_01_tif=tif, invoice_02_tif=tif, attachment_01_pdf=pdf)
    expense("02/05", "EXP-0006", cover_01_tif=tif, invoice_01_pdf=pdf)
    expense("02/11", "EXP-0007", cover_01_jpg=jpg, invoice_01_xml=xml)
    expense("02/20", "EXP-0008", cover_01_tif=tif, invoice_01_png=png)
    expense("03/03", "EXP-0009", cover_01_tif=tif, invoice_01_pdf=pdf, attachment_01_png=png)
    expense("03/31", "EXP-0010", cover_01_png=png, invoice_01_tif=tif)
    expense("01/09", "EXP-0011-missing-invoice", cover_01_tif=tif, attachment_01_png=png)
    expense("01/15", "EXP-0012-pdf-named-jpg", cover_01_tif=tif, invoice_01_jpg=pdf)
    expense("01/23", "EXP-0013-truncated-jpeg", cover_01_jpg=lambda *text: jpg(*text)[:2500], invoice_01_pdf=pdf)
    expense("02/06", "EXP-0014-encrypted-pdf", cover_01_tif=tif, invoice_01_pdf=encrypted_pdf)
    expense("02/12", "EXP-0015-empty-file", cover_01_tif=tif, invoice_01_pdf=lambda *_: b"")
    expense("02/21", "EXP-0016-stray-file", cover_01_tif=tif, invoice_01_pdf=pdf)
    put("ACME-CN/expense-report/2025/02/21/EXP-0016-stray-file/Thumbs.db", b"left by a file manager\n")
    expense("03/04", "EXP-0017-72-dpi", cover_01_tif=lambda *text: tif(*text, 72), invoice_01_pdf=pdf)
    expense("03/05", "EXP-0018-no-dpi", cover_01_tif=tif, invoice_01_jpg=photo)
    expense("03/06", "EXP-0019-with-thumbs", cover_01_tif=tif, invoice_01_pdf=pdf)
    put("ACME-CN/expense-report/2025/03/06/EXP-0019-with-thumbs/thumbs/cover-01.png", png("THUMB", "19", 40))
    expense("04/02", "EXP-0020-collected-in-april", cover_01_tif=tif, invoice_01_pdf=pdf)
    put("ACME-CN/expense-report/2025/01/15/scanner-log.txt", b"08:59 feeder ready\n09:02 2 documents\n")


def contracts():
    days = ["01/07", "01/14", "02/10", "02/18", "03/11", "03/12", "03/28", "03/31"]
    for number, day in enumerate(days, start=1):
        files = {"封面.jpg": jpg, "附件-1.tif": lambda *text: tif_pages(*text, pages=2)}
        if number % 2 == 0:
            files["发票-1.pdf"] = pdf
        if number % 3 == 0:
            files["附件-02.png"] = png
        document("ACME-CN", "contract", f"2025/{day}", f"CON-2025-{number:03}", files)


def voucher(day, image, **files):
    names = {name.replace("_", "-", 1).replace("_", "."): make for name, make in files.items()}
    document("GLOBEX-EU", "voucher", f"2025/02/{day}", image, names)


def vouchers():
    def tif_300(title, number):
        return tif(title, number, 300)

    def png_300(title, number):
        return png(title, number, 300)

    def pdf_300(title, number):
        return pdf(title, number, 300)

    voucher("03", "VCH-70001", cover_01_tif=tif_300, attachment_01_tif=tif_300)
    voucher("03", "VCH-70002", cover_01_tif=tif_300, attachment_01_png=png_300)
    voucher("05", "VCH-70003", cover_01_png=png_300, attachment_01_pdf=pdf_300)
    voucher("10", "VCH-70004", cover_01_tif=tif_300, invoice_01_pdf=pdf_300)
    voucher("12", "VCH-70005", cover_01_tif=tif_300, attachment_01_tif=tif_300, attachment_02_tif=tif_300)
    voucher("18", "VCH-70006", cover_01_png=png_300, invoice_01_tif=tif_300)
    voucher("26", "VCH-70007", cover_01_tif=tif_300, attachment_01_png=png_300)
    voucher("28", "VCH-70008", cover_01_tif=tif_300, invoice_01_pdf=pdf_300)
    voucher("06", "VCH-70009-150-dpi", cover_01_tif=lambda *text: tif(*text, 150), attachment_01_tif=tif_300)
    voucher("13", "VCH-70010-gif", cover_01_tif=tif_300,
            attachment_01_gif=lambda *text: encoded(scan(*text, 100).convert("1"), "GIF"))
    voucher("19", "VCH-70011-text-mode-png", cover_01_tif=tif_300,
            attachment_01_png=lambda *text: png_300(*text).replace(b"\r\n", b"\n"))
    voucher("20", "VCH-70012-collected-twice", cover_01_tif=tif_300, attachment_01_tif=tif_300)
    voucher("21", "VCH-70012-collected-twice", cover_01_png=png_300, invoice_01_pdf=pdf_300)


shutil.rmtree(ARCHIVE, ignore_errors=True)
expenses()
contracts()
vouchers()
