"""Draws docs/badge_*.svg, what README shows at its top: facts of the repository's own files, without the network.

    python scripts/badges.py

A test holds the pictures to these facts. Whether ci has passed is no fact of a file: GitHub draws that badge.
"""

import re
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]


def facts() -> dict[str, tuple[str, str]]:
    """Name of the badge -> what it is about, what it says. Raises ValueError where the files do not agree."""
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    listed = re.search(r"^ +python: \[(.+)\]$", workflow, re.MULTILINE)
    wanted = re.search(
        r'^requires-python = ">=3\.(\d+),<3\.(\d+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    if listed is None or wanted is None:
        raise ValueError("ci.yml lists no Pythons, or pyproject.toml names no range of them")
    tested = re.findall(r"[\d.]+", listed[1])
    if tested != [f"3.{minor}" for minor in range(int(wanted[1]), int(wanted[2]))]:
        raise ValueError(f"ci.yml tests {', '.join(tested)}, and pyproject.toml has {wanted[0]}")
    pinned = set(re.findall(r"^([a-z0-9._-]+).*==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    return {
        "python": ("Python", " | ".join(tested)),
        "packages": ("serving needs", f"{len(pinned)} packages, pinned by hash"),
    }


def drawn(about: str, said: str) -> str:
    """A badge as SVG, 20 pixels high."""
    left, right = (round(14 + 6.6 * len(text)) for text in (about, said))
    text = 'y="14" fill="#fff" text-anchor="middle" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{escape(about)}: {escape(said)}">\n'
        f"<title>{escape(about)}: {escape(said)}</title>\n"
        f'<rect width="{left + right}" height="20" rx="3" fill="#444"/>\n'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1 -3 3h-{right - 3}z" fill="#1f5fa8"/>\n'
        f'<text x="{left / 2:g}" {text}>{escape(about)}</text>\n'
        f'<text x="{left + right / 2:g}" {text}>{escape(said)}</text>\n'
        "</svg>\n"
    )


def files() -> dict[Path, str]:
    """Each badge's file and what belongs into it."""
    return {ROOT / "docs" / f"badge_{name}.svg": drawn(*fact) for name, fact in facts().items()}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text)
        print(path.relative_to(ROOT))
