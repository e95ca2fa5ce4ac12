"""One peer of the dedup benchmark: reads a corpus of JSON lines, writes the removed ids, says what it cost.

usage: dedup_peers.py TOOL CORPUS OUT, with TOOL one of
  rensa            RMinHash (128) and RMinHashLSH (16 bands), candidates taken as duplicates
  rensa-verified   the same, each candidate verified by exact Jaccard in Python
  datasketch       MinHash.bulk and MinHashLSH (16 x 8), candidates taken as duplicates
  exact            orjson and xxh3-128 of the text
All over word 3-grams at a Jaccard similarity of 0.8; of similar documents the first one stays.
"""

import json
import re
import resource
import sys

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


def rensa(path, verified):
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16)
    ids, kept, removed = [], {}, []
    for number, (identity, text) in enumerate(corpus(path)):
        ids.append(identity)
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
    return len(ids), removed


def datasketch(path):
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(num_perm=128, params=(16, 8))
    rows, removed, batch = 0, [], []

    def flush():
        sketches = MinHash.bulk([[g.encode() for g in shingles(text)] for _, text in batch], num_perm=128)
        for (identity, _), sketch in zip(batch, sketches):
            if lsh.query(sketch):
                removed.append(identity)
            else:
                lsh.insert(identity, sketch)
        batch.clear()

    for row in corpus(path):
        rows += 1
        batch.append(row)
        if len(batch) == 1000:
            flush()
    flush()
    return rows, removed


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
    return rows, removed


def main():
    tool, path, out = sys.argv[1:4]
    tools = {
        "rensa": lambda: rensa(path, False),
        "rensa-verified": lambda: rensa(path, True),
        "datasketch": lambda: datasketch(path),
        "exact": lambda: exact(path),
    }
    rows, removed = tools[tool]()
    with open(out, "w", encoding="utf-8") as file:
        file.writelines(f"{identity}\n" for identity in removed)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = {"cpu_seconds": used.ru_utime + used.ru_stime, "user_seconds": used.ru_utime}
    print(json.dumps({"rows": rows, **cpu, "peak_kb": used.ru_maxrss}))


if __name__ == "__main__":
    main()
