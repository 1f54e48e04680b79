# Parquet files beyond those of the golden-data pack, each with what is in it as JSON.
# usage: python make_dataset.py FOLDER (with pyarrow), where FOLDER has images/
import base64
import json
import pathlib
import random
import sys

import pyarrow as pa
import pyarrow.parquet as pq

root = pathlib.Path(sys.argv[1])
files = root / 'files'
pictures = {n: (root / 'images' / f'{n}.png').read_bytes() for n in ('sq56', '40x30')}
IMAGE = pa.struct([('bytes', pa.binary()), ('path', pa.string())])
PART = pa.struct([('index', pa.int64()), ('text', pa.string()), ('type', pa.string())])
MESSAGE = pa.struct([('content', pa.list_(PART)), ('role', pa.string())])
draw = random.Random(7)


def dump(rows, name):
    def plain(value):
        if isinstance(value, bytes):
            return {'base64': base64.b64encode(value).decode()}
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items()}
        return [plain(v) for v in value] if isinstance(value, list) else value
    (files / f'{name}.json').write_text(json.dumps([plain(r) for r in rows], ensure_ascii=False) + '\n', encoding='utf-8')


def write(rows, schema, name, **options):
    table = pa.Table.from_pylist(rows, schema=schema)
    pq.write_table(table, files / f'{name}.parquet', **options)
    back = pq.read_table(files / f'{name}.parquet').to_pylist()
    assert back == rows
    dump(back, name)


def conversation(i):
    """none to three turns, with nulls and empty lists everywhere"""
    if i % 17 == 3: return {'id': i, 'messages': None, 'images': None}
    if i % 17 == 5: return {'id': i, 'messages': [], 'images': []}
    if i % 17 == 7: return {'id': i, 'messages': [None], 'images': [None]}
    if i % 17 == 9: return {'id': i, 'messages': [{'content': None, 'role': 'user'}, {'content': [], 'role': None}], 'images': [{'bytes': None, 'path': None}]}
    count = draw.randrange(3)
    names = [draw.choice(sorted(pictures)) for _ in range(count)]
    parts = [{'index': k, 'text': None, 'type': 'image'} for k in range(count)]
    parts.insert(draw.randrange(count + 1), {'index': None, 'text': f'Frage {i}: {"é€😀"[i % 3]} ' * draw.randrange(1, 4), 'type': 'text'})
    messages = [{'content': parts, 'role': 'user'}]
    for k in range(draw.randrange(1, 4)):
        messages.append({'content': [{'index': None, 'text': draw.choice(['yes', 'no', f'answer {i}.{k}']), 'type': 'text'}], 'role': 'assistant'})
        messages.append({'content': [{'index': None, 'text': 'and?', 'type': 'text'}], 'role': 'user'})
    return {'id': i, 'messages': messages[:-1], 'images': [{'bytes': pictures[n], 'path': f'{n}.png' if k % 2 else None} for k, n in enumerate(names)]}


schema = pa.schema([('id', pa.int32()), ('messages', pa.list_(MESSAGE)), ('images', pa.list_(IMAGE))])
rows = [conversation(i) for i in range(60)]
for codec, options in {
        'snappy': {'row_group_size': 13, 'data_page_size': 512},
        'zstd': {'row_group_size': 25, 'data_page_version': '2.0', 'data_page_size': 512},
        'gzip': {'row_group_size': 60, 'use_dictionary': False, 'data_page_size': 1024},
        'none': {'row_group_size': 7}}.items():
    write(rows, schema, f'nulls-{codec}', compression=codec, **options)

# lists and structs that cannot be null
required = pa.schema([
    pa.field('conversations', pa.list_(pa.field('element', pa.struct([pa.field('from', pa.string(), nullable=False), pa.field('value', pa.string(), nullable=False)]), nullable=False)), nullable=False),
    pa.field('image', pa.struct([pa.field('bytes', pa.binary(), nullable=False)]), nullable=False)])
write([{'conversations': [{'from': 'human', 'value': f'<image>\nwhat {i}?'}, {'from': 'gpt', 'value': f'this {i}'}], 'image': {'bytes': pictures['40x30']}} for i in range(5)], required, 'required')
write([{'image': {'bytes': pictures['sq56'], 'path': 'x.png'}, 'question': f'question {i}?', 'answers': [f'answer {i}', 'another'][:1 + i % 2], 'score': 0.5} for i in range(4)],
      pa.schema([('image', IMAGE), ('question', pa.string()), ('answers', pa.list_(pa.string())), ('score', pa.float64())]), 'questions')
write([{'image': pictures['40x30'], 'text': f'caption {i}'} for i in range(3)], pa.schema([('image', pa.binary()), ('text', pa.string())]), 'captions')
write([{'pixels': b'x', 'label': 1}], pa.schema([('pixels', pa.binary()), ('label', pa.int64())]), 'other-columns')
write([{'messages': [{'text': 'x'}]}], pa.schema([('messages', pa.list_(pa.struct([('text', pa.string())])))]), 'no-role')
