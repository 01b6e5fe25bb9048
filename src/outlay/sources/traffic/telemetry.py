"""Metrics and logs of OTLP in lines of JSON: SQL for their innermost objects, and for what their attributes say."""

from outlay.model.charge import literal


def unnested(outer: str, middle: str, inner: str, name: str) -> str:
    """The innermost objects of an export, each with its resource as `of`."""
    return (
        f"SELECT x_RowId, of, {name} FROM RAW, unnest(TRY_CAST(json->'$.{outer}' AS JSON[])) AS o(of), "
        f"unnest(TRY_CAST(of->'$.{middle}' AS JSON[])) AS m(scope), "
        f"unnest(TRY_CAST(scope->'$.{inner}' AS JSON[])) AS i({name})"
    )


def attributes(own: str, resource: str) -> str:
    """The attributes of an object, then those of its resource: their keys, and their values in the same order."""
    lists = (f"{own}->'$.attributes'", f"{resource}->'$.resource.attributes'")
    listed = f"list_concat({', '.join(f'coalesce(TRY_CAST({found} AS JSON[]), [])' for found in lists)})"
    values = "coalesce(json_extract_string(a, '$.value.*')[1], '')"
    return f"struct_pack(keys := [a->>'$.key' FOR a IN {listed}], texts := [{values} FOR a IN {listed}])"


def said(*keys: str) -> str:
    """The value of the first of some attributes that is there."""
    found = (f"nullif(said.texts[list_position(said.keys, {literal(key)})], '')" for key in keys)
    return f"coalesce({', '.join(found)}, NULL)"
