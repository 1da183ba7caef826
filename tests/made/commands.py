"""Many commands in one process, one after the other; what they print stands between their names."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

FEW = Path(__file__).with_name("few.py")

if __name__ == "__main__":
    for words in json.loads(sys.argv[1]):
        sys.stdout.write(f"$ {words!a}\n")
        sys.stdout.flush()
        sys.argv = ["catforensics", *words]
        try:
            runpy.run_path(str(FEW), run_name="__main__")
        except SystemExit as end:
            sys.stdout.write(f"ended with {end.code}\n")
