#include "vlm4j.h"

#include "chat.h"
#include "guard.hpp"
#include "json-schema-to-grammar.h"
#include "json.h"

#include <new>

struct vlm4j_chat_templates {
    common_chat_templates_ptr templates;
    std::string               source;
};

struct vlm4j_chat_prompt {
    common_chat_params params;
};

using vlm4j::guarded;

vlm4j_chat_templates * vlm4j_chat_templates_create(const llama_model * model, const char * override_source) {
    return guarded<vlm4j_chat_templates *>(nullptr, [&] {
        auto templates = common_chat_templates_init(model, override_source != nullptr ? override_source : "");
        std::string source = common_chat_templates_source(templates.get());
        return new vlm4j_chat_templates{ std::move(templates), std::move(source) };
    });
}

void vlm4j_chat_templates_free(vlm4j_chat_templates * templates) { delete templates; }

const char * vlm4j_chat_templates_source(const vlm4j_chat_templates * templates) { return templates->source.c_str(); }

bool vlm4j_chat_templates_explicit(const vlm4j_chat_templates * templates) {
    return common_chat_templates_was_explicit(templates->templates.get());
}

vlm4j_chat_prompt * vlm4j_chat_apply(const vlm4j_chat_templates * templates, const char * request_json) {
    return guarded<vlm4j_chat_prompt *>(nullptr, [&] {
        const common_json request = common_json::parse(request_json);
        common_chat_templates_inputs inputs;
        inputs.messages              = common_chat_msgs_parse_oaicompat(request.at("messages"));
        inputs.add_generation_prompt = !request.contains("add_generation_prompt") || request.at("add_generation_prompt").get<bool>();
        inputs.use_jinja             = true;
        return new vlm4j_chat_prompt{ common_chat_templates_apply(templates->templates.get(), inputs) };
    });
}

void vlm4j_chat_prompt_free(vlm4j_chat_prompt * prompt) { delete prompt; }

const char * vlm4j_chat_prompt_text(const vlm4j_chat_prompt * prompt) { return prompt->params.prompt.c_str(); }

const char * vlm4j_chat_prompt_stop(const vlm4j_chat_prompt * prompt, int64_t index) {
    const auto & stops = prompt->params.additional_stops;
    return index >= 0 && static_cast<size_t>(index) < stops.size() ? stops[static_cast<size_t>(index)].c_str() : nullptr;
}

char * vlm4j_json_schema_to_grammar(const char * schema_json) {
    return guarded<char *>(nullptr, [&] {
        return vlm4j::copy_of(json_schema_to_grammar(common_json::parse(schema_json), /* force_gbnf = */ true));
    });
}
