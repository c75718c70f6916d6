"""A waterfall as PNG, for mails and programs that show no SVG.

resvg draws it; the letters are those beside this module, so that the picture is the same on a machine without any font.
They are the Latin letters and signs of DejaVu Sans (fonts/LICENSE).
"""

from importlib.resources import as_file, files

#: Pixels a unit of the SVG: sharp on the screens of today.
SCALE = 2

_FONTS = files(__package__).joinpath("fonts")


def png(svg: str) -> bytes:
    """The picture ``svg`` as PNG, twice as large in pixels."""
    import resvg_py  # 1.4 MB that most servers are never asked for

    with as_file(_FONTS) as folder:
        return resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=SCALE,
            skip_system_fonts=True,
            font_files=[str(folder / "regular.ttf"), str(folder / "bold.ttf")],
            sans_serif_family="DejaVu Sans",
            font_family="DejaVu Sans",
        )
