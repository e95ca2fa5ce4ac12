"""Train and export the demonstration model of corpuslab: a causal LM of 1.3 million weights.

Its text comes from corpuslab's own demo generator and from nowhere else. To make the text, in an empty folder:

    corpuslab demo --out hub --rows 12000 --seed 7
    corpuslab normalize corpuslab/demo --hub-dir hub --out train --dedup --drop-invalid-harmony --drop-empty-completion
    corpuslab sql train "select split, text from this order by row_key" --json > train.jsonl

and held-out.jsonl in the same way from the dataset that users see (`--rows 2000 --seed 1`). Then, in a venv with
requirements.txt:

    python train.py train.jsonl held-out.jsonl OUT

writes model.onnx, tokenizer.json, config.json, reference.json and train.log to OUT. One thread, seeded: the same machine
gives the same weights. The architecture is Llama's, and the weights keep Hugging Face's names for them.
"""

import hashlib
import json
import math
import os
import random
import sys
import time

import onnx
import onnxruntime
import tokenizers
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from torch.nn import functional as F

SEED = 7
VOCABULARY, WIDTH, LAYERS, HEADS, HIDDEN, POSITIONS = 4096, 128, 4, 4, 352, 2048
EPSILON, THETA = 1e-5, 10000.0
STEPS, TOKENS_PER_STEP, RATE, WARM_UP = 1200, 2048, 3e-3, 50
SPECIALS = ["<|endoftext|>"] + [
    f"<|{name}|>" for name in ("start", "message", "channel", "constrain", "end", "call", "return")
]
# As in current tokenizers, but every digit by itself: the demo's text is full of sums.
WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(WIDTH, WIDTH, bias=False))

    def forward(self, x, turn, bias):
        batch, length, _ = x.shape
        q, k, v = (
            p(x).view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for p in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = rotated(q, turn), rotated(k, turn)
        if bias is None:
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            out = F.softmax(q @ k.transpose(2, 3) * (WIDTH // HEADS) ** -0.5 + bias, dim=-1) @ v
        return self.o_proj(out.transpose(1, 2).reshape(batch, length, WIDTH))


def rotated(x, turn):
    cos, sin = turn
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), -1) * sin


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate_proj = nn.Linear(WIDTH, HIDDEN, bias=False)
        self.up_proj = nn.Linear(WIDTH, HIDDEN, bias=False)
        self.down_proj = nn.Linear(HIDDEN, WIDTH, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.self_attn, self.mlp = Attention(), MLP()
        self.input_layernorm, self.post_attention_layernorm = Norm(), Norm()

    def forward(self, x, turn, bias):
        x = x + self.self_attn(self.input_layernorm(x), turn, bias)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed_tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = Norm()


class LanguageModel(nn.Module):
    """Next-token logits; the output layer is the embedding, transposed.

    Without a mask (training): of right-padded sequences, where causal attention keeps the padding out by itself, with
    the faster kernel. With a mask (export): of sequences padded on either side, in operations that ONNX knows.
    """

    def __init__(self):
        super().__init__()
        self.model = Body()
        half = WIDTH // HEADS // 2
        self.register_buffer("inverse", THETA ** (-torch.arange(half) / half), persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=0.02 / (math.sqrt(2 * LAYERS) if "o_proj" in name or "down" in name else 1))

    def forward(self, input_ids, attention_mask=None):
        length = input_ids.shape[1]
        place = torch.arange(length)
        angles = place.float()[:, None] * self.inverse
        turn = torch.cat((angles.cos(), angles.cos()), -1), torch.cat((angles.sin(), angles.sin()), -1)
        bias = None
        if attention_mask is not None:
            causal = (place[None, :] <= place[:, None])[None, None]
            bias = torch.where(causal & attention_mask.bool()[:, None, None, :], 0.0, -1e9)
        x = self.model.embed_tokens(input_ids)
        for layer in self.model.layers:
            x = layer(x, turn, bias)
        return self.model.norm(x) @ self.model.embed_tokens.weight.T


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def train_tokenizer(texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(WORDS), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIALS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def batches(rows, order):
    """Rows of like length together: at most TOKENS_PER_STEP tokens with the padding, in an order drawn by `order`."""
    shuffled = order.sample(range(len(rows)), len(rows))
    groups, group, longest = [], [], 0
    for i in sorted(shuffled, key=lambda i: len(rows[i]) // 64):
        longest = max(longest, len(rows[i]))
        if group and longest * (len(group) + 1) > TOKENS_PER_STEP:
            groups.append(group)
            group, longest = [], len(rows[i])
        group.append(i)
    groups.append(group)
    order.shuffle(groups)
    for group in groups:
        yield padded([rows[i] for i in group])


def padded(rows):
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return ids, mask


def token_nll(model, ids, mask):
    """-log p of every token but the first, in nats; 0 where there is padding."""
    logits = model(ids, mask)[:, :-1].double()
    nll = F.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
    return nll * mask[:, 1:]


def held_out_loss(model, rows, splits, say):
    """Mean NLL by token over all rows; says it of each split."""
    sums, counts = {}, {}
    with torch.no_grad():
        for row, split in zip(rows, splits):
            nll = token_nll(model, *padded([row]))
            sums[split] = sums.get(split, 0.0) + nll.sum().item()
            counts[split] = counts.get(split, 0) + nll.numel()
    for split in sorted(sums):
        say(f"  {split:20} {sums[split] / counts[split]:.3f} nats a token, {counts[split]} tokens")
    return sum(sums.values()) / sum(counts.values())


def export(model, path):
    ids, mask = padded([[1, 2, 3, 4], [1, 2, 3]])
    torch.onnx.export(
        model,
        (ids, mask),
        path,
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_axes={name: {0: "batch", 1: "sequence"} for name in ("input_ids", "attention_mask", "logits")},
        opset_version=17,
        do_constant_folding=False,  # keeps the weights' names and the one copy of the embedding
        dynamo=False,
    )
    graph = onnx.load(path)
    graph.doc_string = "corpuslab demo-lm: a demonstration, trained on generated text. Its scores say nothing about real data."
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, path)


def reference(model, tokenizer, rows, path):
    """Torch's NLL of every token of a few rows, from onnxruntime too: the test of the library holds itself to these."""
    session = onnxruntime.InferenceSession(f"{os.path.dirname(path)}/model.onnx")
    facts, worst = [], 0.0
    for row in rows:
        ids, mask = padded([tokenizer.encode(row["text"]).ids])
        with torch.no_grad():
            nll = token_nll(model, ids, mask)[0]
        feeds = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
        logits = torch.from_numpy(session.run(None, feeds)[0]).double()[:, :-1]
        other = F.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")[0]
        worst = max(worst, (nll - other).abs().max().item())
        facts.append({**row, "ids": ids[0].tolist(), "token_nll": [round(x, 6) for x in nll.tolist()]})
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"what": "torch's NLL (nats) of every token but the first", "rows": facts}, out, ensure_ascii=False)
        out.write("\n")
    return worst


def main(train_path, held_out_path, out):
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    order = random.Random(SEED)
    os.makedirs(out, exist_ok=True)
    log = open(f"{out}/train.log", "w", encoding="utf-8")

    def say(line):
        print(line, flush=True)
        log.write(line + "\n")
        log.flush()

    say(f"torch {torch.__version__}, tokenizers {tokenizers.__version__}, onnx {onnx.__version__}, seed {SEED}, 1 thread")
    train_rows, held_out = read(train_path), read(held_out_path)
    seen = {row["text"] for row in train_rows}
    held_out = [row for row in held_out if row["text"] not in seen][::3]
    tokenizer = train_tokenizer(row["text"] for row in train_rows)
    tokenizer.save(f"{out}/tokenizer.json")
    encode = lambda rows: [encoding.ids[:POSITIONS] for encoding in tokenizer.encode_batch([row["text"] for row in rows])]
    train_ids, held_out_ids = encode(train_rows), encode(held_out)
    count = lambda rows: f"{len(rows)} rows, {sum(map(len, rows))} tokens"
    say(f"train {count(train_ids)}; held out {count(held_out_ids)}; a row beyond {POSITIONS} tokens is cut")

    model = LanguageModel()
    say(f"{sum(weight.numel() for weight in model.parameters())} weights")
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.95), weight_decay=0.05)
    started, step, seen_tokens, running = time.process_time(), 0, 0, None
    while step < STEPS:
        for ids, mask in batches(train_ids, order):
            share = step / STEPS
            rate = RATE * min((step + 1) / WARM_UP, 0.5 * (1 + math.cos(math.pi * share)) * 0.98 + 0.02)
            for group in optimizer.param_groups:
                group["lr"] = rate
            logits = model(ids)[:, :-1]
            targets = ids[:, 1:].masked_fill(mask[:, 1:] == 0, -100)
            loss = F.cross_entropy(logits.reshape(-1, VOCABULARY), targets.reshape(-1))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            seen_tokens += int(mask.sum())
            running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
            if step % 50 == 0 or step == STEPS:
                say(f"step {step}: loss {running:.3f}, {seen_tokens} tokens, {time.process_time() - started:.0f} CPU s")
            if step == STEPS:
                break

    model.eval()
    say("held out:")
    say(f"held out, all: {held_out_loss(model, held_out_ids, [row['split'] for row in held_out], say):.3f} nats a token")
    mixed = []
    for row in held_out[:300]:
        words = row["text"].split(" ")
        order.shuffle(words)
        mixed.append({**row, "text": " ".join(words)})
    plain = held_out_loss(model, held_out_ids[:300], ["as they are"] * 300, say)
    say(f"the first 300 of them: {plain:.3f}, with shuffled words: {held_out_loss(model, encode(mixed), ['shuffled'] * 300, say):.3f}")

    export(model, f"{out}/model.onnx")
    with open(f"{out}/config.json", "w", encoding="utf-8") as file:
        config = {
            "_note": "corpuslab demo-lm: a demonstration, trained on generated text. Its scores say nothing about real data.",
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": VOCABULARY,
            "hidden_size": WIDTH,
            "intermediate_size": HIDDEN,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "num_key_value_heads": HEADS,
            "max_position_embeddings": POSITIONS,
            "rms_norm_eps": EPSILON,
            "rope_theta": THETA,
            "hidden_act": "silu",
            "tie_word_embeddings": True,
            "bos_token_id": None,
            "eos_token_id": 0,
            "pad_token_id": 0,
        }
        json.dump(config, file, indent=2)
        file.write("\n")
    short = [row for row in held_out if len(row["text"]) < 1500]
    chosen = [next(row for row in short if row["split"] == split) for split in ("tool_calling", "high_math", "chat_if", "pretraining")]
    worst = reference(model, tokenizer, chosen, f"{out}/reference.json")
    say(f"torch and onnxruntime differ by {worst:.2e} nats at most on the rows of reference.json")
    for name in ("model.onnx", "tokenizer.json"):
        data = open(f"{out}/{name}", "rb").read()
        say(f"{name}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
