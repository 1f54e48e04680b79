"""Positions and token types of transformers' Qwen2-VL and Gemma 3, and the outputs of a tiny random Qwen2-VL text model.

python make_positions.py FOLDER LLAVA_GGUF    (the GGUF lends its tokenizer)
"""
import json
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerFast, Qwen2VLConfig
from transformers.models.gemma3.processing_gemma3 import Gemma3Processor
from transformers.models.qwen2_vl.modeling_qwen2_vl import Qwen2VLForConditionalGeneration

folder, donor = Path(sys.argv[1]), sys.argv[2]
IMAGE, PAD, MERGE, VOCABULARY = 9, 0, 2, 330
torch.manual_seed(7)

config = Qwen2VLConfig(
    text_config=dict(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=512, rms_norm_eps=1e-12, bos_token_id=1, eos_token_id=2, pad_token_id=PAD,
        rope_parameters=dict(rope_type="default", rope_theta=10000.0, mrope_section=[2, 3, 3]), tie_word_embeddings=False),
    vision_config=dict(depth=1, embed_dim=16, hidden_size=32, num_heads=2, spatial_merge_size=MERGE, patch_size=14),
    image_token_id=IMAGE, tie_word_embeddings=False, attn_implementation="eager")
model = Qwen2VLForConditionalGeneration(config).eval()
text = model.model.language_model
for name, parameter in list(text.named_parameters()) + [("lm_head", model.lm_head.weight)]:
    with torch.no_grad():
        scale = 0.2 if parameter.dim() == 1 else 1.5 / parameter.shape[-1] ** 0.5
        parameter.copy_(torch.randn_like(parameter) * scale + (1 if "norm" in name else 0))


def row(*parts):
    """ints are runs of text, pairs the (height, width) of a picture in rows of the text model."""
    ids, grids = [], []
    for part in parts:
        if isinstance(part, int):
            ids += [10 + (7 * i + len(ids)) % 300 for i in range(part)]
        else:
            ids += [IMAGE] * (part[0] * part[1])
            grids.append([1, part[0] * MERGE, part[1] * MERGE])
    return ids, grids


def batch(rows, side):
    length = max(len(ids) for ids, _ in rows)
    pad = lambda ids, value: [value] * (length - len(ids)) + ids if side == "left" else ids + [value] * (length - len(ids))
    ids = torch.tensor([pad(ids, PAD) for ids, _ in rows])
    mask = torch.tensor([pad([1] * len(ids), 0) for ids, _ in rows])
    grids = [grid for _, own in rows for grid in own]
    positions, _ = model.model.get_rope_index(
        ids, (ids == IMAGE).int(), torch.tensor(grids) if grids else None, attention_mask=mask)
    return ids, mask, positions, grids


# 1. positions of batches of squares, which is what fixed-size processors make
cases, tensors = [], {}
layouts = [[[3, (s, s), 4]] for s in range(1, 13)]
layouts += [[[(s, s), 2, (s, s)], [5, (s, s)], [4, (s, s), 1, (s, s), 3]] for s in (1, 2, 3, 5, 8)]
layouts += [[[1, (4, 4), 1], [9, (4, 4)]], [[(6, 6)]], [[2, (3, 3), 40], [60, (3, 3), 1]], [[3, (2, 2)], [7]]]
for layout in layouts:
    for side in ("left", "right"):
        ids, mask, positions, _ = batch([row(*parts) for parts in layout], side)
        name = f"case{len(cases)}"
        cases.append(dict(name=name, side=side, rows=[[p if isinstance(p, int) else list(p) for p in parts] for parts in layout]))
        tensors |= {f"{name}.input_ids": ids, f"{name}.attention_mask": mask, f"{name}.position_ids": positions}
save_file({k: v.to(torch.int32).contiguous() for k, v in tensors.items()}, folder / "mrope-positions.safetensors")
(folder / "mrope-positions.json").write_text(json.dumps(dict(image_token=IMAGE, pad_token=PAD, cases=cases), indent=1) + "\n")

# 2. what a text model makes of them, pictures of all shapes
tensors = {}
forwards = [[[5, (3, 4), 6]], [[2, (2, 5), 1, (4, 1), 7]], [[4, (4, 4), 3, (4, 4), 2]], [[(1, 6), 8]]]
for index, layout in enumerate(forwards):
    ids, mask, positions, grids = batch([row(*parts) for parts in layout], "right")
    features = torch.randn(int((ids == IMAGE).sum()), 32)
    with torch.no_grad():
        embeds = text.embed_tokens(ids)
        embeds[ids == IMAGE] = features
        out = text(inputs_embeds=embeds, position_ids=positions, attention_mask=mask, output_hidden_states=True,
                   output_attentions=True, use_cache=False)
        logits = model.lm_head(out.last_hidden_state)
    one = dict(input_ids=ids.int(), position_ids=positions.int(), features=features, logits=logits)
    one |= {f"hidden_states.{i}": h for i, h in enumerate(out.hidden_states)}
    one |= {f"attentions.{i}": a for i, a in enumerate(out.attentions)}
    tensors |= {f"case{index}.{k}": v.contiguous().clone() for k, v in one.items()}
save_file(tensors, folder / "mrope-forward.safetensors")
(folder / "mrope-forward.json").write_text(json.dumps(dict(cases=len(forwards), image_token=IMAGE)) + "\n")

writer = gguf.GGUFWriter(folder / "qwen2vl-f32.gguf", "qwen2vl")
writer.add_context_length(512); writer.add_embedding_length(32); writer.add_block_count(2); writer.add_feed_forward_length(64)
writer.add_head_count(2); writer.add_head_count_kv(1); writer.add_layer_norm_rms_eps(1e-12); writer.add_rope_freq_base(10000.0)
writer.add_rope_dimension_sections([2, 3, 3, 0]); writer.add_file_type(0); writer.add_vocab_size(VOCABULARY)
for key, field in gguf.GGUFReader(donor).fields.items():
    if key.startswith("tokenizer."):
        writer.add_key_value(key, field.contents(), field.types[0], field.types[-1] if len(field.types) > 1 else None)
names = dict(self_attn="attn", q_proj="q", k_proj="k", v_proj="v", o_proj="output", mlp="ffn", gate_proj="gate", up_proj="up", down_proj="down")
for name, parameter in text.named_parameters():
    if name == "embed_tokens.weight": target = "token_embd.weight"
    elif name == "norm.weight": target = "output_norm.weight"
    else:
        _, layer, *rest = name.split(".")
        rest = ".".join(rest)
        target = f"blk.{layer}." + (rest.replace("input_layernorm", "attn_norm").replace("post_attention_layernorm", "ffn_norm")
            if "norm" in rest else names[rest.split(".")[0]] + "_" + names[rest.split(".")[1]] + "." + rest.split(".")[2])
    writer.add_tensor(target, parameter.detach().numpy())
writer.add_tensor("output.weight", model.lm_head.weight.detach().numpy())
writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.write_tensors_to_file(); writer.close()

# 3. token types of Gemma 3's processor
from tokenizers import Tokenizer, models, pre_tokenizers
words = ["<pad>", "<bos>", "<eos>", "<unk>", "<start_of_image>", "<end_of_image>", "<image_soft_token>", "\n\n", "what", "is", "this", "and", "that"]
inner = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
inner.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>", unk_token="<unk>",
    additional_special_tokens=words[4:8], extra_special_tokens={"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"})
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
processor = Gemma3Processor(Gemma3ImageProcessorPil(size=dict(height=28, width=28)), tokenizer, image_seq_length=4)
picture = np.zeros((28, 28, 3), np.uint8)
texts = ["<bos><start_of_image> what is this", "<bos> what is <start_of_image> and <start_of_image> that", "<bos> what"]
tensors = {}
for side in ("left", "right"):
    tokenizer.padding_side = side
    out = processor(text=texts, images=[[picture], [picture, picture], []], return_tensors="pt", padding=True)
    tensors |= {f"{side}.{k}": out[k].to(torch.int32).contiguous() for k in ("input_ids", "attention_mask", "token_type_ids")}
save_file(tensors, folder / "gemma3-types.safetensors")
(folder / "gemma3-types.json").write_text(json.dumps(dict(image_token=6, pad_token=0, vocabulary=len(words), rows_per_image=4, texts=texts), indent=1) + "\n")
print(tensors["left.input_ids"], tensors["left.token_type_ids"], transformers.__version__, torch.__version__)
