"""Draws icon.png (512×512, as bundles want it) from icon.svg.

`python assets/draw_icon.py` writes it anew; a test holds it to the drawing.
"""

from __future__ import annotations

from pathlib import Path

import resvg_py

HERE = Path(__file__).parent
DRAWING = HERE / "icon.svg"
PNG = HERE / "icon.png"
SIZE = 512


def drawn(size: int = SIZE) -> bytes:
    """The icon as a square PNG, so many pixels wide."""
    drawing = DRAWING.read_text(encoding="utf-8")
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=size, height=size, skip_system_fonts=True))


if __name__ == "__main__":
    PNG.write_bytes(drawn())
