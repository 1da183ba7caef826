"""The command line, learning and judging from a few pictures: as many as it takes take minutes."""

from __future__ import annotations

if __name__ == "__main__":
    from forensics.cli import main
    from forensics.detection.classifier import train
    from forensics.detection.evaluation import conditions, evaluate
    from forensics.traces.fingerprints.fingerprint import fingerprint

    train._TRIED = 2
    evaluate.evaluate.__kwdefaults__["conditions"] = conditions.CONDITIONS[:2]
    fingerprint.__kwdefaults__["fewest"] = 20
    main()
