"""What a page costs: bytes over the wire, and questions to the database."""

import re
from collections.abc import Iterable

from tests.judges.kinds import Kind
from tests.judges.serving import fetch


class Count:
    """How often the database was asked."""

    queries = 0

    def __call__(self, execute, *call):
        self.queries += 1
        return execute(*call)


def asks(kinds: Iterable[Kind]) -> dict[str, int]:
    """How often each kind of page asks the database of this process's settings; Django is set up where it is not."""
    import django
    from django.db import connection
    from django.test import Client

    django.setup()
    counts, client = {}, Client(headers={"host": "127.0.0.1"})
    for kind in kinds:
        count = Count()
        with connection.execute_wrapper(count):
            client.get(kind.path)
        counts[kind.name] = count.queries
    connection.close()
    return counts


def compressed_bytes(url: str) -> int:
    """The bytes of an answer's body to whoever understands gzip, which all browsers do."""
    return len(fetch(url, Accept_Encoding="gzip").body)


def compressed_css_bytes(address: str, pages: Iterable[str]) -> int:
    """Of all style sheets that one of these pages names, together: what the dearest page loads."""
    sheets = {frozenset(re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)) for page in pages}
    return max(sum(compressed_bytes(address + sheet) for sheet in page) for page in sheets)
