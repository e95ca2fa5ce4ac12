"""CPU seconds of datatrove's Gopher repetition and quality filters over documents: flag_datatrove.py docs.jsonl"""
import json
import resource
import sys
import time

from datatrove.data import Document
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter

with open(sys.argv[1], encoding="utf-8") as lines:
    documents = [Document(text=json.loads(line)["text"], id=str(i)) for i, line in enumerate(lines)]
filters = [GopherRepetitionFilter(), GopherQualityFilter()]
for one in filters:
    one.filter(Document(text="The tokenizer is loaded before the clock starts, and that is fair.", id="warm"))
started = time.process_time()
kept = 0
for document in documents:
    if document.text and all(one.filter(document) is True for one in filters):
        kept += 1
spent = time.process_time() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"cpu_seconds": spent, "peak_kb": peak, "documents": len(documents), "kept": kept}))
