"""The databases: the ones that the Rust variants run on, at the same addresses."""

import os
from urllib.parse import unquote, urlparse

import django
from django.conf import settings

NAMES = ["sqlite", "postgres", "mysql"]
# The schema, or the database, that the Rust variants use too.
PLACE = "maintained_bench"


def open(name, file=None):
    """Sets Django up, and makes the place for the tables; of SQLite in memory, unless there is a file."""
    settings.configure(
        DATABASES={"default": _address(name, file)},
        INSTALLED_APPS=["django.contrib.contenttypes", "computedfields", "shop"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DEBUG=False,
        USE_TZ=False,
        # Its documentation recommends this for speed.
        COMPUTEDFIELDS_FASTUPDATE=True,
    )
    if name == "mysql":
        _make_database()
    django.setup()
    if name == "postgres":
        _make_schema()


def _address(name, file):
    if name == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file or ":memory:"}
    variable, engine = {
        "postgres": ("POSTGRES_DATABASE_URL", "postgresql"),
        "mysql": ("MYSQL_DATABASE_URL", "mysql"),
    }[name]
    url = urlparse(os.environ[variable])
    address = {
        "ENGINE": f"django.db.backends.{engine}",
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
    }
    if name == "postgres":
        options = {"options": f"-c search_path={PLACE} -c client_min_messages=warning"}
        return address | {"NAME": url.path.strip("/"), "OPTIONS": options}
    # The comparison of texts as the Rust variants have it.
    options = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
    return address | {"NAME": PLACE, "OPTIONS": options}


def _make_database():
    import MySQLdb

    address = settings.DATABASES["default"]
    connection = MySQLdb.connect(
        host=address["HOST"],
        port=int(address["PORT"] or 3306),
        user=address["USER"],
        password=address["PASSWORD"],
    )
    cursor = connection.cursor()
    cursor.execute(f"DROP DATABASE IF EXISTS {PLACE}")
    cursor.execute(f"CREATE DATABASE {PLACE} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    connection.close()


def _make_schema():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {PLACE} CASCADE")
        cursor.execute(f"CREATE SCHEMA {PLACE}")
