"""Lists and pairs in JSON, in one spelling for both databases."""

from django.db.models import Aggregate, Func, JSONField
from django.db.models.functions import JSONObject


class JSONPairs(JSONObject):
    """Names with values, as `JSONObject`, which first asks SQLite on each new connection, in three queries, whether it
    knows JSON: it does, or no page would come."""

    def as_sqlite(self, compiler, connection, **context):
        return Func.as_sql(self, compiler, connection, **context)


class JSONList(Aggregate):
    """The values of a group as a list, in any order: what Django has for PostgreSQL alone (`ArrayAgg`)."""

    function = "json_group_array"
    output_field = JSONField()

    def as_postgresql(self, compiler, connection):
        return self.as_sql(compiler, connection, function="jsonb_agg")
