"""Runs the shop's workload on django-computedfields, and writes seconds and checksums as JSON.

Of the form that `cargo bench --bench shop -- --join FILE` reads. `cargo xtask bench --peers` calls this; alone:

    python run.py --database sqlite --items 10000 --variant bulk
"""

import argparse
import json
import sys

from shop import databases


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=databases.NAMES, default="sqlite")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--variant", action="append", choices=["recovering", "bulk", "per_save"])
    parser.add_argument("--output", help="a file that the results are added to")
    options = parser.parse_args()
    databases.open(options.database)

    # Django's models can only be imported when it knows its database.
    from shop import workload

    wanted = options.variant or ["recovering", "bulk", "per_save"]
    results = workload.run(wanted, options.items, options.rounds)
    found = {str(options.items): {options.database: results}}
    if not options.output:
        json.dump(found, sys.stdout, indent=2)
        return
    try:
        with open(options.output) as file:
            found = merged(json.load(file), found)
    except FileNotFoundError:
        pass
    with open(options.output, "w") as file:
        json.dump(found, file, indent=2)


def merged(old, new):
    """Both, level by level."""
    if "seconds" in new:
        return new
    return old | {key: merged(old.get(key, {}), value) for key, value in new.items()}


if __name__ == "__main__":
    main()
