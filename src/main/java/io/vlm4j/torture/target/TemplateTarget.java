package io.vlm4j.torture.target;

import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.torture.mutate.TextMutator;
import java.util.List;

/// Renders conversations with chat templates, with tools and pictures and without.
final class TemplateTarget extends TextTarget {
    private static final List<String> SEEDS = List.of(
            TinyModel.TEMPLATE,
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
                    + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
            "{% for message in messages %}{% if message['role'] != 'system' %}{{ message['role'].upper() + ': ' }}"
                    + "{% endif %}{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}"
                    + "{{ '<image>\n' }}{% endfor %}{% for content in message['content'] | selectattr('type', 'equalto',"
                    + " 'text') %}{{ content['text'] }}{% endfor %}{% endfor %}",
            "{%- set ns = namespace(n=0, found=false) -%}{%- macro show(m, depth=1) -%}[{{ m.role }}:{{ m.content | trim"
                    + " }}]{%- endmacro -%}{%- for m in messages -%}{%- set ns.n = ns.n + loop.index0 -%}"
                    + "{{ show(m) }}{%- if loop.last %}{{ ns.n }}{% endif -%}{%- endfor -%}",
            "{% if tools %}{{ tools | tojson(indent=2) }}{% endif %}{% for m in messages %}{% if m.tool_calls %}"
                    + "{% for c in m.tool_calls %}<tool_call>{{ {'name': c.function.name, 'arguments': c.function.arguments}"
                    + " | tojson }}</tool_call>{% endfor %}{% else %}{{ m.content }}{% endif %}{% endfor %}",
            "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% else %}"
                    + "{% set loop_messages = messages %}{% endif %}{% for m in loop_messages %}"
                    + "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('no') }}{% endif %}"
                    + "{{ m['content'].split('x')[-1] | replace('a', 'b') }}{% endfor %}{{ strftime_now('%d %b %Y') }}");

    private static final List<String> WORDS = List.of(
            "{%",
            "%}",
            "{{",
            "}}",
            "{#",
            "#}",
            "{%-",
            "-%}",
            "{% for i in range(10) %}",
            "{% endfor %}",
            "{% if %}",
            "{% endif %}",
            "{% else %}",
            "{% for i in range(1000000000) %}",
            "{% for i in range(100000) %}",
            "{{ 'a' * 1000000000 }}",
            "{{ [0] * 100000000 }}",
            "{{ 2 ** 100000 }}",
            "{{ 1 / 0 }}",
            "{{ 1 % 0 }}",
            "{{ 1 // 0 }}",
            "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
            "{% set x = x %}",
            "{{ x.y.z }}",
            "{{ messages[9999999] }}",
            "{{ messages[-1] }}",
            "{{ messages[::-1] }}",
            "{{ messages[::0] }}",
            "{{ 'abc'[1:99:-1] }}",
            "{{ messages | tojson }}",
            "{{ none | length }}",
            "{{ messages | join(',') }}",
            "{{ 'a' | indent(1000000000) }}",
            "{{ '%s' | format(1) }}",
            "{{ range(-1) }}",
            "{{ range(1, 10, 0) }}",
            "{{ self }}",
            "{{ caller() }}",
            "{% call f() %}{% endcall %}",
            "{% filter upper %}",
            "{% include 'x' %}",
            "{% set ns = namespace() %}",
            "{% set ns.a = ns %}{{ ns | tojson }}",
            "{% break %}",
            "{% continue %}",
            "{% for a in messages recursive %}{{ loop(messages) }}{% endfor %}",
            "{{ loop }}",
            "{{ loop.cycle() }}",
            "{{ raise_exception() }}",
            "{{ strftime_now('%') }}",
            "{{ strftime_now('%Q%+%9999Y') }}",
            "{{ not }}",
            "{{ a if }}",
            "{{ (((",
            "{{ [[[ }}",
            "{{ {'a': {'a': }} }}",
            "{{ 9223372036854775807 + 1 }}",
            "{{ -9223372036854775808 // -1 }}",
            "{{ 'a'.split('') }}",
            "{{ 'a'.replace('', 'b') }}",
            "{% generation %}",
            "{{ ''.join(messages) }}",
            "{{ 'x'.startswith() }}",
            "{{ messages | sort(attribute='a.b') }}",
            "{{ messages | map(attribute='role') | list }}",
            "{{ messages | groupby('role') }}",
            "{% raw %}");

    private static final List<String> WRAPS = List.of(
            "{{ @ }}",
            "(@)",
            "[@]",
            "{% if true %}@{% endif %}",
            "{% for i in range(9) %}@{% endfor %}",
            "{'a': @}",
            "not @",
            "-@",
            "@ ~ 'x'",
            "@ | upper",
            "{% macro f(x) %}@{% endmacro %}");

    private static final List<ChatMessage> PLAIN =
            List.of(ChatMessage.system("Be brief."), ChatMessage.user("What {{ is }} this? </s>"));

    private static final List<ChatMessage> LONG = List.of(
            ChatMessage.user("Look.", ProjectorTarget.picture(4, 4)),
            ChatMessage.assistant("", "I think", List.of(new ToolCall("1", "look", "{\"at\":[1,2]}"))),
            ChatMessage.tool("1", "look", "{\"seen\":\"nothing\"}"),
            ChatMessage.assistant("Nothing."),
            ChatMessage.user("Sure?"));

    private static final RenderOptions TOOLS = RenderOptions.builder()
            .tools(List.of(new ToolDefinition(
                    "look",
                    "Looks.",
                    "{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"array\",\"items\":{\"type\":"
                            + "\"integer\"}}}}")))
            .build();

    TemplateTarget(SeedFiles seeds) {
        super(seeds, new TextMutator(SEEDS, WORDS, WRAPS));
    }

    @Override
    void use(String text) {
        try (ChatTemplate template = ChatTemplate.of(model(), text)) {
            template.render(PLAIN);
            try (RenderedChat rendered = template.render(LONG, TOOLS)) {
                rendered.parse("<tool_call>{\"name\": \"look\", \"arguments\": {\"at\": [1]}}</tool_call>", true);
            }
        }
    }
}
