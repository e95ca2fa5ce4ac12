"""Scores rows the way people do it in Python, with the same model, rows and threads, for comparison in one run.

usage: score_peers.py <tool> <model folder> <rows.jsonl> <out.jsonl> [--threads N] [--batch ROWS] [--max-length N]

A row: {"id", "text", "spans": [[start, end], ...]}: learned parts in characters (code points). A token counts when it
overlaps one. Tools:
  onnxruntime   onnxruntime, batches of ROWS rows in the order of the input, padded to the longest, numpy log-softmax
  transformers  the same with torch: LlamaForCausalLM of transformers, weights read from the ONNX file
  tokenizers    only Hugging Face's tokenizers over the texts
  tiktoken      only tiktoken, o200k_base, over the texts, specials as words (--vocabulary: its o200k_base.tiktoken)
The last line printed is JSON: rows, tokens (all that were fed, without padding), wall and CPU seconds of the work
without imports and loading, user + system CPU seconds of the process, peak resident KB.
"""

import argparse
import json
import os
import resource
import time


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("tool", "model", "rows", "out"):
        parser.add_argument(name)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--max-length", type=int, default=2048)
    parser.add_argument("--vocabulary", help="o200k_base.tiktoken, for tiktoken")
    return parser.parse_args()


args = arguments()
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = str(args.threads)
os.environ["TOKENIZERS_PARALLELISM"] = "true" if args.threads > 1 else "false"
import numpy as np  # after the variables, or they have no effect


def clocks():
    return time.perf_counter(), time.process_time()


def since(started):
    wall, cpu = clocks()
    return {"seconds": wall - started[0], "work_cpu_seconds": cpu - started[1]}


def read():
    with open(args.rows, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def padded(encodings):
    longest = max(len(ids) for ids in encodings)
    ids = np.zeros((len(encodings), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(encodings):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return ids, mask


def counted(encoding, spans, length):
    """Which of the tokens 1.. overlap a span."""
    offsets = encoding.offsets[1:length]
    return np.array([any(start < to and end > since for since, to in spans) for start, end in offsets], dtype=bool)


def numpy_nll(logits, targets):
    top = logits.max(axis=-1, keepdims=True)
    log_softmax = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_softmax, targets[..., None], axis=-1)[..., 0]


def onnx_forward():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(f"{args.model}/model.onnx", options, providers=["CPUExecutionProvider"])

    def forward(ids, mask):
        logits = session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]
        return numpy_nll(logits[:, :-1], ids[:, 1:])

    return forward


def torch_forward():
    import onnx
    import torch
    from onnx import numpy_helper
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(args.threads)
    with open(f"{args.model}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    model = LlamaForCausalLM(LlamaConfig(**config)).eval()
    weights = {w.name: torch.from_numpy(numpy_helper.to_array(w).copy()) for w in onnx.load(f"{args.model}/model.onnx").graph.initializer}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or [name for name in missing if name != "lm_head.weight"]:
        raise SystemExit(f"the ONNX file has other weights than LlamaForCausalLM: missing {missing}, unexpected {unexpected}")
    model.tie_weights()

    def forward(ids, mask):
        ids, mask = torch.from_numpy(ids), torch.from_numpy(mask)
        with torch.inference_mode():
            log_softmax = torch.log_softmax(model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1], dim=-1)
            return -log_softmax.gather(-1, ids[:, 1:, None])[..., 0].numpy()

    return forward


def score(make_forward):
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(f"{args.model}/tokenizer.json")
    forward = make_forward()
    rows = read()
    started, tokens, results = clocks(), 0, []
    for at in range(0, len(rows), args.batch):
        group = rows[at : at + args.batch]
        encodings = tokenizer.encode_batch([row["text"] for row in group], add_special_tokens=False)
        ids = [encoding.ids[: args.max_length] for encoding in encodings]
        nll = forward(*padded(ids))
        for i, (row, encoding) in enumerate(zip(group, encodings)):
            chosen = nll[i, : len(ids[i]) - 1][counted(encoding, row["spans"], len(ids[i]))].astype(np.float64)
            count = len(chosen)
            tokens += len(ids[i])
            results.append({"id": row["id"], "nll_mean": chosen.mean() if count else None, "count": count})
    spent = since(started)
    with open(args.out, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(result) + "\n" for result in results)
    return {"rows": len(rows), "tokens": tokens, **spent}


def texts_only(encode):
    texts = [row["text"] for row in read()]
    encode(texts[:8])
    started = clocks()
    tokens = encode(texts)
    return {"rows": len(texts), "tokens": tokens, **since(started)}


def with_tokenizers():
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(f"{args.model}/tokenizer.json")
    return texts_only(lambda texts: sum(len(e.ids) for e in tokenizer.encode_batch(texts, add_special_tokens=False)))


def with_tiktoken():
    import tiktoken
    import tiktoken_ext.openai_public as public
    from tiktoken.load import load_tiktoken_bpe

    public.load_tiktoken_bpe = lambda *_, **__: load_tiktoken_bpe(args.vocabulary)  # npm's copy in place of a download
    encoding = tiktoken.Encoding(**public.o200k_base())
    return texts_only(lambda texts: sum(map(len, encoding.encode_ordinary_batch(texts, num_threads=args.threads))))


TOOLS = {
    "onnxruntime": lambda: score(onnx_forward),
    "transformers": lambda: score(torch_forward),
    "tokenizers": with_tokenizers,
    "tiktoken": with_tiktoken,
}
said = TOOLS[args.tool]()
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({**said, "cpu_seconds": used.ru_utime + used.ru_stime, "user_seconds": used.ru_utime, "peak_kb": used.ru_maxrss}))
