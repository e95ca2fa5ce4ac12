"""Normalizes a JSONL dataset the way the Python scripts that corpuslab replaces do, for comparison in one run.

One process, one pass: json.loads per line, Harmony text, quality flags by regular expression, sha1 ids, Parquet with
zstd. Deliberately with no more checks than they have: lines that are not JSON are skipped without trace, tool calls are
not checked against their schemas, nothing is deduplicated.

usage: python_baseline.py <folder or file.jsonl> <out folder> [--rows-per-shard N]
The last line printed is JSON: rows, input bytes, user + system CPU seconds, peak resident KB.
"""

import argparse
import hashlib
import json
import re
import resource
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("id", "text_id", "dataset", "subset", "split", "text", "loss_mode", "meta_domain")]
    + [("meta_difficulty_bin", pa.string())]
    + [("meta_correctness", pa.float64()), ("meta_correctness_high", pa.float64())]
    + [("meta_eval_best_setting", pa.string()), ("meta_pass_k", pa.int64()), ("meta_correct_count", pa.int64())]
    + [("meta_eval_json", pa.string()), ("meta_tags", pa.list_(pa.string()))]
    + [(name, pa.string()) for name in ("source_uuid", "source_license", "source_data_source", "source_capability_target")]
    + [("source_reasoning", pa.string()), ("source_url", pa.string()), ("source_used_in", pa.list_(pa.string()))]
    + [("source_tools_id", pa.string()), ("source_tools_count", pa.int64())]
    + [(name, pa.bool_()) for name in ("quality_valid_harmony", "quality_completion_nonempty", "quality_has_tool")]
    + [("quality_valid_tool_schema", pa.bool_()), ("stats_char_len", pa.int64()), ("stats_approx_tokens", pa.int64())]
)

MESSAGE = re.compile(r"<\|start\|>(.*?)<\|message\|>(.*?)(?:<\|end\|>|<\|call\|>|<\|return\|>|(?=<\|start\|>)|\Z)", re.S)


def as_text(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def render(messages):
    parts = []
    last = len(messages) - 1
    for i, message in enumerate(messages):
        role = message.get("role") or "user"
        content = as_text(message.get("content"))
        if role != "assistant":
            name = message.get("name")
            header = f"functions.{name} to=assistant<|channel|>commentary" if role == "tool" and name else role
            parts.append(f"<|start|>{header}<|message|>{content}<|end|>")
            continue
        thought = message.get("reasoning_content")
        if thought:
            parts.append(f"<|start|>assistant<|channel|>analysis<|message|>{thought}<|end|>")
        calls = message.get("tool_calls") or []
        for call in calls:
            function = call.get("function") or {}
            arguments = as_text(function.get("arguments"))
            parts.append(
                f"<|start|>assistant to=functions.{function.get('name')}<|channel|>commentary json<|message|>{arguments}<|call|>"
            )
        if content or not calls:
            stop = "<|return|>" if i == last else "<|end|>"
            parts.append(f"<|start|>assistant<|channel|>final<|message|>{content}{stop}")
    return "".join(parts)


def quality(text):
    found = [(match.group(1), match.group(2)) for match in MESSAGE.finditer(text)]
    nonempty = any(header.startswith("assistant") and body.strip() for header, body in found)
    tool_bodies = [body for header, body in found if header.startswith(("tool", "functions."))]
    valid_tools = True
    for body in tool_bodies:
        try:
            json.loads(body)
        except ValueError:
            valid_tools = False
    return {
        "quality_valid_harmony": text.count("<|start|>") == text.count("<|message|>"),
        "quality_completion_nonempty": nonempty,
        "quality_has_tool": bool(tool_bodies) or " to=" in text,
        "quality_valid_tool_schema": valid_tools,
    }


def correctness(metadata):
    best, best_high, setting, count, passed = None, None, None, None, None
    for name, block in metadata.items():
        accuracy = block.get("accuracy") if isinstance(block, dict) else None
        if not isinstance(accuracy, (int, float)):
            continue
        if best is None or accuracy > best:
            best, setting, count, passed = float(accuracy), name, block.get("count"), block.get("pass")
        if "_high_" in name and (best_high is None or accuracy > best_high):
            best_high = float(accuracy)
    return best, best_high, setting, count, passed


def normalize(record, split, catalog):
    messages = record.get("messages") or []
    text = render(messages)
    digest = lambda value: hashlib.sha1(value.encode("utf-8", "surrogatepass")).hexdigest()
    metadata = record.get("metadata")
    row = {name: None for name in SCHEMA.names}
    row["id"] = record.get("uuid") or digest(json.dumps(record, ensure_ascii=False, sort_keys=True))
    row["text_id"] = digest(text)
    row.update(dataset="corpuslab/demo", subset="default", split=split, text=text, loss_mode="assistant_all")
    row["meta_domain"] = "math" if "problem" in record else "agentic"
    row["meta_difficulty_bin"] = split.split("_")[0] if split.startswith(("high", "medium", "low")) else None
    row["meta_tags"] = []
    if isinstance(metadata, dict):
        best, high, setting, count, passed = correctness(metadata)
        row.update(meta_correctness=best, meta_correctness_high=high, meta_eval_best_setting=setting)
        row.update(meta_pass_k=count, meta_correct_count=passed)
        row["meta_eval_json"] = json.dumps(metadata, ensure_ascii=False, sort_keys=True)
    for name in ("uuid", "license", "data_source", "capability_target", "reasoning", "url"):
        value = record.get(name)
        row["source_" + name] = value if isinstance(value, str) else None
    used_in = record.get("used_in")
    row["source_used_in"] = used_in if isinstance(used_in, list) else None
    tools = record.get("tools")
    if tools:
        key = json.dumps(tools, ensure_ascii=False, sort_keys=True)
        tools_id = digest(key)
        catalog.setdefault(tools_id, tools)
        row.update(source_tools_id=tools_id, source_tools_count=len(tools) if isinstance(tools, list) else None)
    row.update(quality(text))
    row.update(stats_char_len=len(text), stats_approx_tokens=len(text) // 4)
    return row


def write_shard(rows, path):
    columns = [pa.array([row[field.name] for row in rows], type=field.type) for field in SCHEMA]
    pq.write_table(pa.Table.from_arrays(columns, schema=SCHEMA), path, compression="zstd")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows-per-shard", type=int, default=50_000)
    options = parser.parse_args()
    files = sorted(options.source.rglob("*.jsonl")) if options.source.is_dir() else [options.source]
    options.out.mkdir(parents=True, exist_ok=True)
    total = size = 0
    for file in files:
        rows, shard, catalog = [], 0, {}
        with open(file, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                size += len(line)
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if not isinstance(record, dict):
                    continue
                rows.append(normalize(record, file.name.split(".")[0], catalog))
                total += 1
                if len(rows) >= options.rows_per_shard:
                    write_shard(rows, options.out / f"{file.stem}-{shard:05d}.parquet")
                    rows, shard = [], shard + 1
        if rows:
            write_shard(rows, options.out / f"{file.stem}-{shard:05d}.parquet")
        with open(options.out / f"{file.stem}__tools_catalog.json", "w", encoding="utf-8") as out:
            json.dump(catalog, out, ensure_ascii=False)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime
    print(json.dumps({"rows": total, "characters": size, "cpu_seconds": cpu, "peak_kb": usage.ru_maxrss}))


main()
