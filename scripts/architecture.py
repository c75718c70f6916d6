"""Draws docs/architecture.svg: what the parts are, and which way data run between them.

python scripts/architecture.py
"""

from html import escape
from pathlib import Path

PICTURE = Path(__file__).parents[1] / "docs" / "architecture.svg"
WIDTH, HEIGHT = 960, 470

#: Name -> (x, y, width, height, what stands in it: a title and lines).
BOXES = {
    "tables": (20, 60, 170, 84, ("Eight tables", "CSV, Parquet, or the", "simulated bank")),
    "features": (260, 60, 190, 84, ("Features", "1,084 columns, defined once", "Polars, DuckDB, Spark")),
    "training": (520, 60, 190, 84, ("Training", "search by cost, calibration,", "threshold, model card")),
    "bundle": (780, 60, 160, 84, ("mlruns_reduced/", "model, columns,", "threshold, hashes")),
    "caller": (20, 250, 170, 84, ("Callers", "branch, portal, a person", "at the page")),
    "app": (
        260,
        226,
        190,
        132,
        (
            "credit.web",
            "keys, limits, checks of",
            "every field; features of",
            "one client by the same",
            "code as in training",
        ),
    ),
    "scorer": (
        520,
        226,
        190,
        132,
        (
            "Model and decision",
            "probability, decision,",
            "points, expected loss;",
            "exact contributions,",
            "reasons in words",
        ),
    ),
    "log": (
        780,
        226,
        160,
        132,
        ("Decision log", "PostgreSQL or SQLite,", "a hash chain;", "written before the", "answer leaves"),
    ),
    "watch": (260, 404, 190, 52, ("Prometheus, Grafana", "GET /metrics")),
    "drift": (520, 404, 190, 52, ("Drift and outcomes", "python -m credit drift")),
}

#: (a path from a box to a box, what runs along it, where that stands).
ARROWS = (
    ("M190 102 H254", "", 0, 0),
    ("M450 102 H514", "", 0, 0),
    ("M710 102 H774", "export", 742, 94),
    ("M355 144 V220", "same code", 361, 188),
    ("M860 144 V180 H615 V220", "checked by hash, then loaded", 630, 172),
    ("M190 282 H254", "client", 222, 274),
    ("M254 310 H196", "answer", 224, 328),
    ("M450 292 H514", "", 0, 0),
    ("M710 292 H774", "", 0, 0),
    ("M355 358 V398", "", 0, 0),
    ("M860 358 V430 H716", "", 0, 0),
)

STYLE = """
text{font:13px system-ui,sans-serif;fill:#1b2733}.t{font-weight:600;font-size:14px}.s{fill:#4a5a68;font-size:12px}
rect{fill:#f4f7fa;stroke:#5b7083}.b{fill:#fff}path{fill:none;stroke:#31566f;stroke-width:1.6}.m{fill:#31566f;stroke:none}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#a9b8c5}rect{fill:#1c2730;stroke:#7f95a8}.b{fill:#11181e}
path{stroke:#8fbad6}.m{fill:#8fbad6;stroke:none}}
""".strip()


def box(x: int, y: int, width: int, height: int, lines: tuple[str, ...]) -> str:
    """A box with a title and lines below it."""
    texts = [
        f'<text class="{"s" if i else "t"}" x="{x + 12}" y="{y + 22 + 20 * i}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    ]
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>' + "".join(texts)


def arrow(path: str, label: str, x: int, y: int) -> str:
    """A line with a head, and what runs along it."""
    said = f'<text class="s" x="{x}" y="{y}" text-anchor="{"start" if "V" in path else "middle"}">{label}</text>'
    return f'<path d="{path}" marker-end="url(#h)"/>' + (said if label else "")


def picture() -> str:
    """The whole picture as SVG."""
    title = "From tables to decisions: features and training write the model; the service reads it, answers and logs."
    head = '<marker id="h" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title">',
        f'<title id="title">{title}</title><style>{STYLE}</style>',
        f'<defs>{head}<path class="m" d="M0 0 L8 4 L0 8 z"/></marker></defs>',
        f'<rect class="b" width="{WIDTH}" height="{HEIGHT}" stroke="none" style="stroke:none"/>',
        '<text class="s" x="20" y="40">Training: pandas, MLflow, Optuna, notebooks</text>',
        '<text class="s" x="20" y="214">Serving: none of these</text>',
        *(box(*one) for one in BOXES.values()),
        *(arrow(*one) for one in ARROWS),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def main() -> None:
    PICTURE.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
