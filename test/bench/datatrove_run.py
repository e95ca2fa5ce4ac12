"""The functions of run.bench.mjs in datatrove, over the same rows as Parquet files with the columns that they read.

usage: datatrove_run.py filter|flag <folder with .parquet files> <out folder>
One process, one task. What is written is what corpuslab writes: for the filter the ids of kept rows, for the flag the id and
the values of each row. The last line printed is JSON: rows, kept rows, user + system CPU seconds, peak resident KB.
"""

import json
import re
import resource
import sys

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter
from loguru import logger

BULLET = re.compile(r"^\s*[-*\d]", re.M)
seen = 0


def keep(document):
    row = document.metadata
    correct = row["meta_correctness"]
    return correct is not None and correct >= 0.5 and row["stats_approx_tokens"] < 8192 and document.text != "safety"


class Shape(PipelineStep):
    name = "shape"

    def run(self, data, rank=0, world_size=1):
        for document in data:
            text = document.text
            lines = text.split("\n")
            longest = max(len(line) for line in lines)
            document.metadata = {
                "lines": len(lines),
                "longest": longest,
                "bullets": len(BULLET.findall(text)),
                "code": "```" in text,
            }
            yield document


def counted(data, rank=0, world_size=1):
    global seen
    for document in data:
        seen += 1
        yield document


def main():
    what, source, out = sys.argv[1:]
    logger.remove()
    reader = ParquetReader(
        source,
        **{"text_key": "meta_domain" if what == "filter" else "text", "id_key": "row_key"},
        **{"read_metadata": what == "filter", "batch_size": 2048},
    )
    writer = ParquetWriter(
        out,
        compression="zstd",
        adapter=lambda self, document: {"row_key": document.id, **(document.metadata if what == "flag" else {})},
    )
    step = LambdaFilter(keep) if what == "filter" else Shape()
    kept = [0]

    def outgoing(data, rank=0, world_size=1):
        for document in data:
            kept[0] += 1
            yield document

    LocalPipelineExecutor([reader, counted, step, outgoing, writer], tasks=1, workers=1, skip_completed=False, logging_dir=f"{out}/logs").run()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"rows": seen, "kept": kept[0], "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_kb": usage.ru_maxrss}))


main()
