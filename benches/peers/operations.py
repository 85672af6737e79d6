"""Loads a shop, and measures `updatedata --mode fast` and `checkdata` on it; its tables stay.

`cargo bench --bench operations` calls this, and measures rebuild and check on the same tables. Printed is one line of JSON:
the rows that have computed fields, and the median of the seconds.
"""

import argparse
import gc
import io
import json
import statistics
import sys
import time

from shop import databases


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=databases.NAMES, default="sqlite")
    parser.add_argument("--file", help="where the database of SQLite is")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    databases.open(options.database, options.file)

    # Django's models can only be imported when it knows its database.
    from django.core.management import call_command
    from django.db import transaction

    from shop import bulk, workload
    from shop.data import Data
    from shop.models import Customer, Order

    workload.make_tables()
    with transaction.atomic():
        bulk.load(Data(options.items))
    workload.analyze()

    def forget():
        Customer.objects.update(spent_cents=0)
        Order.objects.update(total_cents=0, label="")

    def rebuild():
        call_command("updatedata", "shop", mode="fast", stdout=io.StringIO())

    def check():
        call_command("checkdata", "shop", silent=True, stdout=io.StringIO())

    def seconds(prepare, work):
        taken = []
        for _ in range(options.rounds):
            prepare()
            gc.collect()
            begin = time.perf_counter()
            work()
            taken.append(time.perf_counter() - begin)
        return statistics.median(taken)

    found = {
        "rows": Customer.objects.count() + Order.objects.count(),
        "rebuild": seconds(forget, rebuild),
        "check": seconds(lambda: None, check),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
