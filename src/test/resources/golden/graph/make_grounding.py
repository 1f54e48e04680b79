# What transformers makes of KOSMOS-2's tags. usage: python make_grounding.py CASES_JSON OUT_JSON
# CASES_JSON: cases/kosmos2/decode.json of the reference data
import json
import random
import sys

from transformers.models.kosmos2.processing_kosmos2 import clean_text_and_extract_entities_with_bboxes

PARTS = ['<grounding>', '<phrase>', '</phrase>', '<object>', '</object>', '</delimiter_of_multi_objects/>', ' a dog',
         ' the  sky ', '\u00a0x', '\n', '.', '<', '>', '</image>', '</s>', '<s>', 'a < b', 'é', '<br/>']
WORDS = [' and', 'a photo of', ' on the grass', '<image>', ' ']
PHRASES = [' a dog', 'a cat ', '  two  birds ', 'x']
DELIMITER = '</delimiter_of_multi_objects/>'
r = random.Random(8)


def index(number):
    return '<patch_index_%04d>' % number


def pair():
    first = r.randrange(1024)
    x = r.randrange(first % 32, 32)
    y = r.randrange(first // 32, 32)
    return index(first) + index(y * 32 + x)


def entity():
    boxes = '<object>' + DELIMITER.join(pair() for _ in range(r.choice([1, 1, 1, 2, 3]))) + '</object>'
    return (('<phrase>' + r.choice(PHRASES) + '</phrase>') if r.random() < .75 else '') + boxes


texts = [case['text'] for case in json.load(open(sys.argv[1]))['post_processing']]
while len(texts) < 120:
    texts.append(''.join(entity() if r.random() < .35 else r.choice(PARTS) if r.random() < .5 else r.choice(WORDS)
                         for _ in range(r.randrange(1, 9))))
out = []
for text in texts:
    caption, entities = clean_text_and_extract_entities_with_bboxes(text.split('</image>')[-1])
    out.append({'text': text, 'caption': caption,
                'entities': [{'label': n, 'start': s[0], 'end': s[1], 'boxes': [list(b) for b in boxes]}
                             for n, s, boxes in entities]})
json.dump(out, open(sys.argv[2], 'w'), indent=1, ensure_ascii=False)
