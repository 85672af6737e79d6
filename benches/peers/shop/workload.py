"""Loads a shop and changes it, in each way that django-computedfields has; every way in one transaction."""

import gc
import statistics
import time

from django.db import connection, transaction

from shop import bulk, checksums, saves
from shop.data import Changes, Data
from shop.models import ALL

# A way: the workload that its load belongs to, its load, and its changes by their names.
WAYS = {
    "recovering": ("load_rows", saves.recovering(saves.load), saves.RECOVERING),
    "bulk": ("load_many", bulk.load, bulk.CHANGES),
    "per_save": ("load_rows", saves.load, saves.CHANGES),
}
# A way that takes more seconds than this runs but once, as among the Rust variants.
LONGEST = 20


def run(wanted, items, rounds):
    """Seconds and checksums by workload and variant; the variants take turns."""
    runs = {}
    longest = dict.fromkeys(wanted, 0)
    for _ in range(rounds):
        for name in wanted:
            if longest[name] > LONGEST:
                continue
            begin = time.perf_counter()
            for workload, seconds, found in _run_once(name, items):
                key = (workload, f"django_{name}")
                runs.setdefault(key, ([], found))[0].append(seconds)
                if runs[key][1] != found:
                    raise SystemExit(f"{key}: the rows differ from round to round")
            longest[name] = time.perf_counter() - begin
    results = {}
    for (workload, variant), (seconds, found) in runs.items():
        of_workload = results.setdefault(workload, {})
        of_workload[variant] = {"seconds": statistics.median(seconds), "checksum": found}
    return results


def _run_once(name, items):
    workload, load, changes = WAYS[name]
    make_tables()
    yield workload, *_measured(load, Data(items))
    # The changes start from a shop that is right.
    make_tables()
    data = Data(items)
    with transaction.atomic():
        bulk.load(data)
    analyze()
    what = Changes(data)
    for change, make in changes.items():
        yield change, *_measured(make, what)


def _measured(work, rows):
    gc.collect()
    begin = time.perf_counter()
    with transaction.atomic():
        work(rows)
    return time.perf_counter() - begin, checksums.of_tables()


def make_tables():
    existing = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in reversed(ALL):
            if model._meta.db_table in existing:
                editor.delete_model(model)
    with connection.schema_editor() as editor:
        for model in ALL:
            editor.create_model(model)


def analyze():
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("ANALYZE TABLE customers, products, orders, items")
            cursor.fetchall()
        elif connection.vendor == "postgresql":
            for model in ALL:
                cursor.execute(f"ANALYZE {model._meta.db_table}")
        else:
            cursor.execute("ANALYZE")
