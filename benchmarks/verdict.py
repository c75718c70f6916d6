"""What the serving benchmark wants, whether a run reached it, and the table of the run."""

from typing import Any

from servers import WORKERS

#: What is measured, in the order in which they take turns.
SERVERS = {
    "plain": "Flask, DataFrame, pipeline",
    "mlflow": "MLflow's own server",
    "quiet": "this app, no decision log",
    "logged": "this app, log in SQLite",
    "postgresql": "this app, log in PostgreSQL",
    "constant": "Flask, parses, a constant",
    "earlier": "the earlier build",
}
#: This app, in each way that it logs.
OWN = ("quiet", "logged", "postgresql")

FEATURES = "features"
#: What is sent of one client.
BODIES = {
    FEATURES: "every feature by name",
    "row": "one published row",
    "tables": "raw tables",
}

#: The server of an earlier build, with its decision log and its own model, which this app then serves, too.
EARLIER = "earlier"

#: (server, measured against, at least so many times as fast), of every body that both take.
AIMS = (
    ("quiet", "plain", 28.0),
    ("quiet", "mlflow", 18.0),
    ("quiet", "constant", 0.80),
    ("logged", "constant", 0.60),
    ("postgresql", "constant", 0.45),
    ("logged", EARLIER, 0.97),
)
P99 = 8.0  # milliseconds, of each own server at half of its maximum rate
ROW = 2.0  # times the processor time of a body of finished features, which one published row takes at most
MANY = 0.70  # clients per second in one request, of what the bare booster does in process
MEMORY = 300.0  # MB of both workers and their master
START = 3.0  # seconds to the first answer
WORDS = {True: "reached", False: "MISSED", None: "UNSURE"}
UNWANTED = ("pandas", "mlflow", "evidently", "matplotlib", "pyarrow")


def table(result: dict[str, Any]) -> list[str]:
    """The result in lines, each aim beside what was reached."""
    lines = []
    for body, servers in result["servers"].items():
        rates = {name: one["rate"] for name, one in servers.items()}
        against = [name for name in ("plain", "mlflow", "constant", EARLIER) if name in rates]
        size = result["bodies"][body] / 1000
        lines.append(
            f"{f'{BODIES[body]}, {size:.1f} kB':32}"
            f"{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'at half':>9}{'CPU ms':>9}"
            + "".join(f"{'x ' + n:>12}" for n in against)
        )
        for name, one in servers.items():
            ratios = "".join(f"{one['rate'] / rates[other]:12.2f}" for other in against)
            half = f"{one['half']:9.1f}" if "half" in one else f"{'':9}"
            spent = f"{one['processor']:9.2f}" if one["processor"] is not None else f"{'':9}"
            lines.append(
                f"{SERVERS[name]:32}{one['rate']:11,.0f}{one['p50']:9.1f}{one['p99']:9.1f}{half}{spent}{ratios}"
            )
        lines.append("")
    lines += [f"{WORDS[one['reached']]:8} {one['text']}" for one in result["aims"]]
    return lines


def judged(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Each aim that this run can tell about, as a sentence, and whether it was reached.

    A ratio is judged by requests per second and by processor per request. On a busy machine the first says who got the
    processor; where the two disagree, nothing is known (None), and the run is to be repeated on a quiet one.
    """
    aims: list[tuple[bool | None, str]] = []
    for body, measured in result["servers"].items():
        for name, other, least in AIMS:
            if name in measured and other in measured:
                ratio = measured[name]["rate"] / measured[other]["rate"]
                text = f"{BODIES[body]}: {SERVERS[name]}: {ratio:.2f} x {SERVERS[other]}"
                verdict: bool | None = ratio >= least
                if measured[name]["processor"]:
                    by_processor = measured[other]["processor"] / measured[name]["processor"]
                    text += f", by CPU {by_processor:.2f}"
                    if verdict != (by_processor >= least):
                        verdict = None
                aims.append((verdict, f"{text}; aim {least:g}"))
        for name in OWN:
            if name in measured:
                half = measured[name]["half"]
                text = f"{BODIES[body]}: {SERVERS[name]}: p99 {half:.1f} ms at half of its rate"
                aims.append((half <= P99, f"{text}; aim {P99:g} at most"))
    measured = result["servers"].get(FEATURES, {})
    rows = result["servers"].get("row", {})
    for name in OWN:
        if name in measured and name in rows and measured[name]["processor"]:
            times = rows[name]["processor"] / measured[name]["processor"]
            text = f"{SERVERS[name]}: one published row takes {times:.2f} times the processor of its features by name"
            aims.append((times <= ROW, f"{text}; aim {ROW:g} at most"))
    if one := result.get("many"):
        share = one["rate"] / one["bare"]
        text = f"{one['clients']:,} clients in one request of {one['megabytes']:.1f} MB: {one['rate']:,.0f} clients/s, "
        aims.append((share >= MANY, f"{text}{share:.0%} of {one['bare']:,.0f} of the {one['what']}; aim {MANY:.0%}"))
    for name in OWN:
        if name in measured and measured[name]["memory"]:
            first, last = (measured[name]["memory"][place] for place in (0, -1))
            text = f"{SERVERS[name]}: {WORKERS} workers and their master {first:.0f} MB (PSS) after the warm-up, "
            text += f"{last:.0f} MB after "
            aims.append((last <= MEMORY, f"{text}{measured[name]['requests']:,} requests; aim {MEMORY:g} at most"))
        if name in measured:
            start = result["start"][name]
            aims.append((start <= START, f"{SERVERS[name]}: first answer after {start:.1f} s; aim {START:g} at most"))
    if EARLIER in measured:
        start, before = result["start"]["logged"], result["start"][EARLIER]
        aims.append((start <= 1.1 * before, f"first answer after {start:.1f} s, {before:.1f} before; aim a tenth more"))
        one = result["alike"]
        text = f"{one['same']:,} of {one['clients']:,} probabilities are those of the earlier build; aim all"
        aims.append((one["same"] == one["clients"], text))
    if "mapped" in result:
        text = ", ".join(result["mapped"]) or "none"
        aims.append((not result["mapped"], f"in the workers, of {', '.join(UNWANTED)}: {text}; aim none"))
    return [{"reached": None if reached is None else bool(reached), "text": text} for reached, text in aims]
