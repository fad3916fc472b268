"""Whether the process lives, and whether it can serve: for load balancers and supervisors."""

from django.core.cache import cache
from django.core.cache.backends.dummy import DummyCache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse


class HealthMiddleware:
    """Answers /healthz and /readyz before anything else: a load balancer asks by address, over plain http."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        answer = ANSWERS.get(request.path_info, self.get_response)
        return answer(request)


def healthz(request):
    """200 `ok` while the process lives; asks nothing of anybody."""
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


def readyz(request):
    """200 `ok` when the database answers, its migrations are applied and the cache answers; else 503 saying which."""
    missing = [problem for problem in (_database_problem(), _cache_problem()) if problem]
    return HttpResponse(
        "\n".join(missing) or "ok",
        content_type="text/plain",
        status=503 if missing else 200,
        headers={"Cache-Control": "no-store"},
    )


ANSWERS = {"/healthz": healthz, "/readyz": readyz}


def _database_problem() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception:  # whatever the driver raises, the answer is the same
        return "database: does not answer"
    return "database: migrations are not applied; run: python manage.py migrate" if waiting else ""


def _cache_problem() -> str:
    if isinstance(cache._connections[cache._alias], DummyCache):  # caching is off: nothing to ask
        return ""
    try:
        cache.set("readyz", "ok", 10)
        return "" if cache.get("readyz") == "ok" else "cache: forgets what it is given"
    except Exception:
        return "cache: does not answer"
