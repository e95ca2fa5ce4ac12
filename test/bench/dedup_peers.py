"""One peer of the dedup benchmark: reads a corpus of JSON lines, writes the removed ids, says what it cost.

usage: dedup_peers.py TOOL CORPUS OUT, with TOOL one of
  rensa            RMinHash (128) and RMinHashLSH (16 bands), candidates taken as duplicates
  rensa-verified   the same, each candidate verified by exact Jaccard in Python
  rensa-ready      as rensa, with shingles handed to it ready-made: only what rensa itself does is counted
  datasketch       MinHash.bulk and MinHashLSH (16 x 8), candidates taken as duplicates
  datatrove        MinhashDedup, its four stages (16 x 8, 64 bits)
  text-dedup       text_dedup.minhash (16 x 8, 64 bits)
  exact            orjson and xxh3-128 of the text
All over word 3-grams at a Jaccard similarity of 0.8; of similar documents the first one stays.
"""

import json
import os
import re
import resource
import sys
import tempfile

WORDS = re.compile(r"\w+")


def shingles(text):
    words = WORDS.findall(text.lower())
    if len(words) < 3:
        return {" ".join(words)}
    return {" ".join(words[i : i + 3]) for i in range(len(words) - 2)}


def corpus(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row["id"], row["text"]


def batches(path, size):
    batch = []
    for row in corpus(path):
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


def used():
    """CPU seconds (all, user) and peak memory in kB, of this process and those it started."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    user = sum(one.ru_utime for one in spent)
    return user + sum(one.ru_stime for one in spent), user, max(own_peak(spent[0]), spent[1].ru_maxrss)


def own_peak(spent):
    """ru_maxrss begins with what the parent held when it started this process; Linux also tells what the process itself held."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return spent.ru_maxrss


def rensa(path, verified):
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16)
    rows, kept, removed = 0, {}, []
    for number, (identity, text) in enumerate(corpus(path)):
        rows += 1
        grams = shingles(text)
        sketch = RMinHash(num_perm=128, seed=42)
        sketch.update(list(grams))
        near = lsh.query(sketch)
        if verified:
            near = [k for k in near if len(grams & kept[k]) >= 0.8 * len(grams | kept[k])]
        if near:
            removed.append(identity)
            continue
        lsh.insert(number, sketch)
        if verified:
            kept[number] = grams
    return rows, removed, None


def rensa_ready(path):
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16)
    rows, removed, cpu, user = 0, [], 0.0, 0.0
    for batch in batches(path, 2000):
        ready = [(identity, list(shingles(text))) for identity, text in batch]
        before = used()
        for identity, grams in ready:
            sketch = RMinHash(num_perm=128, seed=42)
            sketch.update(grams)
            if lsh.query(sketch):
                removed.append(identity)
            else:
                lsh.insert(rows, sketch)
            rows += 1
        after = used()
        cpu += after[0] - before[0]
        user += after[1] - before[1]
    return rows, removed, (cpu, user)


def datasketch(path):
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(num_perm=128, params=(16, 8))
    rows, removed = 0, []
    for batch in batches(path, 1000):
        rows += len(batch)
        sketches = MinHash.bulk([[g.encode() for g in shingles(text)] for _, text in batch], num_perm=128)
        for (identity, _), sketch in zip(batch, sketches):
            if lsh.query(sketch):
                removed.append(identity)
            else:
                lsh.insert(identity, sketch)
    return rows, removed, None


def datatrove(path):
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline import dedup
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig

    config = MinhashConfig(hash_config=HashConfig(precision=64), num_buckets=16, hashes_per_bucket=8, n_grams=3)
    with tempfile.TemporaryDirectory() as folder:
        source, signatures, buckets, remove, removed, kept = (
            os.path.join(folder, name) for name in ("in", "signatures", "buckets", "remove", "removed", "kept")
        )
        os.mkdir(source)
        os.symlink(os.path.abspath(path), os.path.join(source, "corpus.jsonl"))
        gone = JsonlWriter(removed, compression=None)
        stages = [
            (1, [JsonlReader(source), dedup.MinhashDedupSignature(signatures, config=config)]),
            (config.num_buckets, [dedup.MinhashDedupBuckets(signatures, buckets, config=config)]),
            (1, [dedup.MinhashDedupCluster(buckets, remove, config=config)]),
            (
                1,
                [
                    JsonlReader(source),
                    dedup.MinhashDedupFilter(remove, exclusion_writer=gone),
                    JsonlWriter(kept, compression=None),
                ],
            ),
        ]
        for number, (tasks, pipeline) in enumerate(stages):
            logs = os.path.join(folder, "logs", str(number))
            LocalPipelineExecutor(pipeline=pipeline, tasks=tasks, workers=1, logging_dir=logs).run()
        rows = sum(1 for _ in corpus(path))
        found = [os.path.join(removed, name) for name in os.listdir(removed)]
        return rows, [json.loads(line)["id"] for file in found for line in open(file, encoding="utf-8")], None


def text_dedup(path):
    from datasets import load_from_disk
    from text_dedup.minhash import main as minhash

    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        options = {"path": "json", "data_files": path, "split": "train", "column": "text", "output": out}
        options |= {"cache_dir": os.path.join(folder, "cache"), "num_proc": 1, "batch_size": 10000}
        options |= {"ngram": 3, "min_length": 0, "threshold": 0.8, "num_perm": 128, "b": 16, "r": 8, "hash_bits": 64}
        minhash([word for name, value in options.items() for word in (f"--{name}", str(value))], standalone_mode=False)
        kept = set(load_from_disk(out)["id"])
    ids = [identity for identity, _ in corpus(path)]
    return len(ids), [identity for identity in ids if identity not in kept], None


def exact(path):
    import orjson
    import xxhash

    seen, removed, rows = set(), [], 0
    with open(path, "rb") as lines:
        for line in lines:
            rows += 1
            row = orjson.loads(line)
            digest = xxhash.xxh3_128_digest(row["text"])
            if digest in seen:
                removed.append(row["id"])
            else:
                seen.add(digest)
    return rows, removed, None


def main():
    tool, path, out = sys.argv[1:4]
    tools = {
        "rensa": lambda: rensa(path, False),
        "rensa-verified": lambda: rensa(path, True),
        "rensa-ready": lambda: rensa_ready(path),
        "datasketch": lambda: datasketch(path),
        "datatrove": lambda: datatrove(path),
        "text-dedup": lambda: text_dedup(path),
        "exact": lambda: exact(path),
    }
    rows, removed, counted = tools[tool]()
    with open(out, "w", encoding="utf-8") as file:
        file.writelines(f"{identity}\n" for identity in removed)
    cpu, user, peak = used()
    if counted:
        cpu, user = counted
    print(json.dumps({"rows": rows, "cpu_seconds": cpu, "user_seconds": user, "peak_kb": peak}))


if __name__ == "__main__":
    main()
