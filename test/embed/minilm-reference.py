"""Reference vectors of all-MiniLM-L6-v2: tokenizers and onnxruntime of Python, pooled by numpy. Run once, by hand.

python minilm-reference.py FOLDER_OF_THE_MODEL > minilm-reference.json
"""
import json
import sys

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

TEXTS = [
    "How fast does a train have to go to cover 300 km in two hours?",
    "Zwei Züge fahren einander entgegen. Wann treffen sie sich? 🚂",
    "def add(a, b):\n\treturn a + b",
    "  \n one   word  ",
    "機械学習のモデルを評価する方法を説明してください。",
    "The harbor crane lifts one box after the other, and each is heavier than the last. " * 40,
]

folder = sys.argv[1]
tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(256)
session = onnxruntime.InferenceSession(f"{folder}/model.onnx")
rows = []
for text in TEXTS:
    ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
    hidden = session.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
    mean = hidden.astype(np.float64).mean(axis=0)
    vector = mean / np.linalg.norm(mean)
    rows.append({"text": text, "tokens": ids.shape[1], "vector": [round(float(x), 5) for x in vector]})
json.dump(rows, sys.stdout, ensure_ascii=False)
