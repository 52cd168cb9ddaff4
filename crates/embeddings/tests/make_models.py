#!/usr/bin/env python3
"""Makes tiny models with random weights, and what the reference makes of some texts, for `tests/reference.rs`.

    python3 -m venv venv && venv/bin/pip install torch transformers safetensors
    venv/bin/python crates/embeddings/tests/make_models.py [FOLDER]

With a FOLDER that holds a real model, its vectors of the same texts are written to `expected.json` in it, so that
`LOGSIFT_EMBEDDINGS=FOLDER cargo test -p logsift-embeddings` compares them, too.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

HERE = Path(__file__).resolve().parent / "models"

TEXTS = [
    "",
    "Connection from <ip> closed after <duration>",
    "connection closed",
    "ERROR pool exhausted: 0 of 20 free",
    "Zürich, naïve café — “quoted” … 中文字 and \u200bhidden",
    "user=alice action=login status=ok path=/var/log/app.log",
    "unbelievablylongword" * 8,
    "tab\tand\nnewline\u00a0blank  twice",
    "é and e\u0301 are alike; İstanbul ẞ Σίσυφος ΌΣΟΣ",
    "a " * 60,
    "!?.,:;()[]{}<>|~`^$+=@#%&*_-/\\\"'",
    "x" * 99 + " " + "y" * 101,
    "👍 ok",
]

PIECES = (
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    + [chr(letter) for letter in range(33, 127)]
    + ["##" + chr(letter) for letter in range(97, 123)]
    + "connection closed from after ip duration error pool user action login status ok path log app the and of free".split()
    + "##ion ##ed ##er ##ing ##able zu ##rich cafe naive Zürich 中 文 é e ##é İ σ ##ς ##σ ό – … “".split()
)


def save(folder, config, cased, pooling, half):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    # Weights wide enough that attention and bending matter.
    network = BertModel(BertConfig(vocab_size=len(PIECES), initializer_range=0.3, **config), add_pooling_layer=False).eval()
    for name, weight in network.named_parameters():
        if name.endswith("bias") or "LayerNorm" in name:
            torch.nn.init.normal_(weight, mean=1.0 if name.endswith("LayerNorm.weight") else 0.0, std=0.2)
    if half:
        network = network.half()
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"), do_lower_case=not cased)
    tokenizer = BertTokenizerFast.from_pretrained(str(folder), do_lower_case=not cased)
    network.save_pretrained(folder)
    if cased:
        (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False}))
    else:
        tokenizer.save_pretrained(folder)
        (folder / "vocab.txt").unlink(missing_ok=True)
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 40}))
    modules = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling"), ("2", "2_Normalize", "Normalize")]
    (folder / "modules.json").write_text(
        json.dumps([{"idx": int(at), "name": at, "path": path, "type": f"sentence_transformers.models.{kind}"} for at, path, kind in modules])
    )
    (folder / "1_Pooling").mkdir(exist_ok=True)
    keys = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token", "max": "pooling_mode_max_tokens"}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({key: name == pooling for name, key in keys.items()}))
    expected(folder, network.float(), tokenizer, pooling, 40)


def expected(folder, network, tokenizer, pooling, longest):
    made = []
    for text in TEXTS:
        pieces = tokenizer(text, truncation=True, max_length=longest, return_tensors="pt")
        with torch.no_grad():
            rows = network(**pieces).last_hidden_state[0]
        vector = {"mean": rows.mean(0), "cls": rows[0], "max": rows.max(0).values}[pooling]
        vector = torch.nn.functional.normalize(vector, dim=0)
        made.append({"text": text, "vector": [round(float(number), 7) for number in vector]})
    (folder / "expected.json").write_text(json.dumps(made, ensure_ascii=False, indent=0) + "\n")


def main():
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        network = BertModel.from_pretrained(folder, add_pooling_layer=False).float().eval()
        longest = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
        expected(folder, network, BertTokenizerFast.from_pretrained(str(folder)), "mean", longest)
        return
    small = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40, "max_position_embeddings": 64}
    save(HERE / "mean", {**small, "hidden_act": "gelu"}, cased=False, pooling="mean", half=False)
    save(HERE / "first", {**small, "hidden_act": "gelu_new"}, cased=True, pooling="cls", half=True)


main()
