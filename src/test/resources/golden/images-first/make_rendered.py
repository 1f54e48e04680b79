"""Conversations with pictures through templates of LLaVA's kind, as transformers' apply_chat_template renders them.

python make_rendered.py FOLDER TEMPLATES_JSON
"""
import json
import sys
from pathlib import Path

from transformers.utils.chat_template_utils import render_jinja_template

folder, templates = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
image, text = dict(type="image"), lambda t: dict(type="text", text=t)
user, assistant = lambda *c: dict(role="user", content=list(c)), lambda *c: dict(role="assistant", content=list(c))
templates = dict(templates) | {
    "bracketed": "{% for m in messages %}{% if m.role == 'user' %}[INST] {% for c in m.content | selectattr(\"type\", \"equalto\", \"image\") %}"
    "{{ '<image>\\n' }}{% endfor %}{% for c in m.content | selectattr(\"type\", \"equalto\", \"text\") %}{{ c.text }}{% endfor %} [/INST]"
    "{% else %}{% for c in m.content %}{{ c.text }}{% endfor %}{{ eos_token }}{% endif %}{% endfor %}",
    "framed": "{% for m in messages %}{{ '<|' + m.role + '|>\\n' }}{% for c in m['content'] | selectattr('type', 'equalto', 'image') %}"
    "{{ 'Picture: <image>; ' }}{% endfor %}{% for c in m['content'] | selectattr('type', 'equalto', 'text') %}{{ c['text'] + ' | ' }}{% endfor %}{% endfor %}",
}
conversations = {
    "image first": [user(image, text("What is it?"))],
    "text first": [user(text("What is it?"), image)],
    "two around": [user(image, text("Which is larger?"), image)],
    "texts around": [user(text("This"), image, text("or this"), image, text("?"))],
    "turns": [user(text("What is it?"), image), assistant(text("A camel.")), user(text("And here?"), image, image)],
    "later": [user(text("Hello")), assistant(text("Hi.")), user(text("Look: "), image)],
    "no words": [user(image)],
}
rows = [dict(template=t, conversation=c, messages=messages, prompt=prompt,
             rendered=render_jinja_template([messages], chat_template=source, add_generation_prompt=prompt, bos_token="<s>", eos_token="</s>")[0][0])
        for t, source in templates.items() for c, messages in conversations.items() for prompt in (True, False)]
(folder / "rendered.json").write_text(json.dumps(dict(templates=templates, rows=rows), indent=1) + "\n")
