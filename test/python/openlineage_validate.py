"""Reads OpenLineage events (a JSON line each) from stdin and builds each from the classes of the official client.

A field that a class does not have, one that it needs and that is missing, a value of another type, and a schema URL that is
not the class's own fail. Facets that are not of the spec must have _producer and _schemaURL. Then the client sends the
events through its own file transport, and what it writes must be what was read. Prints the facets it saw.
"""

import importlib
import json
import pkgutil
import sys
import tempfile
import types
import typing
from enum import Enum
from pathlib import Path

import attr
from openlineage.client import OpenLineageClient, event_v2, generated
from openlineage.client.generated import base
from openlineage.client.transport.file import FileConfig, FileTransport

modules = [importlib.import_module(f"{generated.__name__}.{m.name}") for m in pkgutil.iter_modules(generated.__path__)]
BY_URL = {
    cls._get_schema(): cls
    for module in modules
    for cls in vars(module).values()
    if isinstance(cls, type) and issubclass(cls, base.BaseFacet)
}
FACETS = (base.RunFacet, base.JobFacet, base.DatasetFacet, base.InputDatasetFacet, base.OutputDatasetFacet)
seen = set()


def build(kind, value, where):
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        kinds = [one for one in typing.get_args(kind) if one is not type(None)]
        return build(kinds[0], value, where)
    if origin is list:
        expect(isinstance(value, list), where, "a list")
        return [build(typing.get_args(kind)[0], one, f"{where}[{i}]") for i, one in enumerate(value)]
    if origin is dict:
        expect(isinstance(value, dict), where, "an object")
        return {name: build(typing.get_args(kind)[1], one, f"{where}.{name}") for name, one in value.items()}
    if kind in FACETS:
        return facet(kind, value, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if attr.has(kind):
        return instance(kind, value, where)
    expect(isinstance(value, kind) and not (kind is int and isinstance(value, bool)), where, kind.__name__)
    return value


def instance(kind, value, where):
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in attr.fields(kind)}
    given = {name: build(hints[name], one, f"{where}.{name}") if name in hints else fail(where, name) for name, one in value.items()}
    made = kind(**{fields[name].alias: one for name, one in given.items() if fields[name].init})
    for name in ("schemaURL", "_schemaURL"):
        if name in value:
            expect(value[name] == kind._get_schema(), f"{where}.{name}", kind._get_schema())
    return made


def facet(kind, value, where):
    expect(isinstance(value.get("_producer"), str) and isinstance(value.get("_schemaURL"), str), where, "_producer, _schemaURL")
    url = value["_schemaURL"]
    cls = BY_URL.get(url)
    seen.add(f"{where.rsplit('.', 1)[1]} {url}")
    if cls is not None:
        expect(issubclass(cls, kind), where, kind.__name__)
        return instance(cls, value, where)
    expect("openlineage.io" not in url, where, f"a schema URL of the spec, not {url}")
    return value


def fail(where, name):
    raise SystemExit(f"{where}: the client knows no field {name}")


def expect(holds, where, what):
    if not holds:
        raise SystemExit(f"{where}: expected {what}")


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None and one != {} and one != []}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


lines = [json.loads(line) for line in sys.stdin if line.strip()]
with tempfile.TemporaryDirectory() as folder:
    log = Path(folder) / "events.jsonl"
    client = OpenLineageClient(transport=FileTransport(FileConfig(log_file_path=str(log), append=True)))
    for i, line in enumerate(lines):
        client.emit(build(event_v2.RunEvent, line, f"event {i}"))
    sent = [json.loads(line) for line in log.read_text().splitlines() if line]
for i, (line, back) in enumerate(zip(lines, sent, strict=True)):
    del back["run"]["facets"]["tags"]  # the client's own: its version
    expect(without_nulls(back) == without_nulls(line), f"event {i}", f"what the client sends: {json.dumps(back)}")
print(json.dumps({"events": len(lines), "facets": sorted(seen)}))
