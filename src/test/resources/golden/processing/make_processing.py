# Small files for the tests of io.vlm4j.processing, taken out of the project's golden-data pack and, for what the pack
# does not cover, computed with Pillow.
# usage: python make_processing.py PACK OUTDIR      (numpy, pillow)
import json
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image

pack, out = Path(sys.argv[1]), Path(sys.argv[2])
TYPES = {'U8': np.uint8, 'I64': np.int64, 'F32': np.float32}


def load(name):
    raw = (pack / 'cases' / f'{name}.safetensors').read_bytes()
    (n,) = struct.unpack('<Q', raw[:8])
    head, data = json.loads(raw[8:8 + n]), raw[8 + n:]
    return {k: np.frombuffer(data[v['data_offsets'][0]:v['data_offsets'][1]], TYPES[v['dtype']]).reshape(v['shape'])
            for k, v in head.items() if k != '__metadata__'}


def save(name, tensors):
    names = {np.dtype(v): k for k, v in TYPES.items()}
    head, at, parts = {}, 0, []
    for k, v in tensors.items():
        b = np.ascontiguousarray(v).tobytes()
        head[k] = {'dtype': names[v.dtype], 'shape': list(v.shape), 'data_offsets': [at, at + len(b)]}
        at += len(b)
        parts.append(b)
    j = json.dumps(head).encode()
    j += b' ' * (-len(j) % 8)
    (out / f'{name}.safetensors').write_bytes(struct.pack('<Q', len(j)) + j + b''.join(parts))


def copy(case, name, keep):
    (out / f'{name}.json').write_text((pack / 'cases' / f'{case}.json').read_text())
    save(name, {k: v for k, v in load(case).items() if keep(k)})


ids = ('input_ids', 'attention_mask', 'position_ids', 'labels')
copy('llava/two-images', 'two-images', lambda k: k in ids)
copy('llava/batch', 'batch', lambda k: k.split('.')[-1] in ids)
copy('llava/resize', 'resize', lambda k: k in ('112x112.crop', '100x70.crop', '100x70.pad', '40x30.crop', '40x30.pad', '150x40.crop'))
copy('images/convert-rgb', 'convert-rgb', lambda k: True)
for case in ('vsft-right', 'vsft-left', 'vsft-right-trl', 'llava-hf-right'):
    copy(f'collator/{case}', f'collator-{case}', lambda k: not k.startswith('loss'))
for name in ('tokenizer/llava', 'collator/datasets'):
    (out / f'{name.replace("/", "-")}.json').write_text((pack / 'cases' / f'{name}.json').read_text())
templates = json.loads((pack / 'cases/templates/chat_templates.json').read_text())['templates']
(out / 'templates.json').write_text(json.dumps({k: templates[k]['template'] for k in ('vsft', 'llava-hf')}, indent=1) + '\n')
for name in ('sq56b', '112x112', '100x70', '70x100', '150x40', '40x30', 'gray', 'gray-alpha', 'rgba', 'palette', 'bilevel'):
    (out / f'{name}.png').write_bytes((pack / 'images' / f'{name}.png').read_bytes())

# resized pictures: the sizes of the pack, and filters and shapes that it lacks
FILTERS = {'nearest': Image.NEAREST, 'bilinear': Image.BILINEAR, 'bicubic': Image.BICUBIC, 'lanczos': Image.LANCZOS}
SIZES = [('100x70', 80, 56), ('100x70', 56, 56), ('40x30', 75, 56), ('40x30', 40, 61), ('150x40', 37, 61), ('150x40', 7, 40),
         ('100x70', 17, 13), ('100x70', 1, 1), ('40x30', 1, 90)]
resized, pairs = {}, load('images/pillow-resize')
for name, w, h in SIZES:
    im = Image.open(out / f'{name}.png').convert('RGB')
    for f, code in FILTERS.items():
        key = f'{name}-to-{w}x{h}.{f}'
        resized[key] = np.asarray(im.resize((w, h), code))
        if key in pairs:
            assert np.array_equal(pairs[key], resized[key]), key
save('pillow-resize', resized)
