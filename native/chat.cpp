#include "vlm4j.h"

#include "chat.h"
#include "guard.hpp"
#include "jinja/cycles.h"
#include "json-schema-to-grammar.h"
#include "json.h"

#include <cctype>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>

struct vlm4j_chat_templates {
    common_chat_templates_ptr templates;
    std::string               source;
};

struct vlm4j_chat_prompt {
    common_chat_params        params;
    common_chat_parser_params parser;
};

using vlm4j::guarded;

vlm4j_chat_templates * vlm4j_chat_templates_create(const llama_model * model, const char * override_source,
                                                   const char * bos, const char * eos) {
    return guarded<vlm4j_chat_templates *>(nullptr, [&] {
        jinja::count_steps_anew();
        const auto text = [](const char * given) { return given != nullptr ? given : ""; };
        auto templates = common_chat_templates_init(model, text(override_source), text(bos), text(eos));
        std::string source = common_chat_templates_source(templates.get());
        return new vlm4j_chat_templates{ std::move(templates), std::move(source) };
    });
}

void vlm4j_chat_templates_free(vlm4j_chat_templates * templates) { delete templates; }

const char * vlm4j_chat_templates_source(const vlm4j_chat_templates * templates) { return templates->source.c_str(); }

bool vlm4j_chat_templates_explicit(const vlm4j_chat_templates * templates) {
    return common_chat_templates_was_explicit(templates->templates.get());
}

bool vlm4j_chat_templates_supports(const vlm4j_chat_templates * templates, const char * capability) {
    return guarded(false, [&] {
        if (std::strcmp(capability, "enable_thinking") == 0) {
            return common_chat_templates_support_enable_thinking(templates->templates.get());
        }
        const auto capabilities = common_chat_templates_get_caps(templates->templates.get());
        const auto found        = capabilities.find(capability);
        return found != capabilities.end() && found->second;
    });
}

// ---- rendering -----------------------------------------------------------------------------------------------------

// As llama-server reads a request (oaicompat_chat_params_parse), with its defaults.
static common_chat_templates_inputs read_request(const vlm4j_chat_templates * templates, const common_json & request) {
    common_chat_templates_inputs inputs;
    inputs.use_jinja = true;
    inputs.messages  = common_chat_msgs_parse_oaicompat(request.at("messages"));
    if (request.contains("tools")) {
        inputs.tools = common_chat_tools_parse_oaicompat(request.at("tools"));
    }
    if (request.contains("tool_choice")) {
        inputs.tool_choice = common_chat_tool_choice_parse_oaicompat(request.at("tool_choice").get<std::string>());
    }
    if (request.contains("json_schema")) {
        inputs.json_schema = request.at("json_schema").dump();
    }
    if (request.contains("grammar")) {
        inputs.grammar = request.at("grammar").get<std::string>();
    }
    inputs.parallel_tool_calls = request.contains("parallel_tool_calls")
        ? request.at("parallel_tool_calls").get<bool>()
        : common_chat_templates_get_caps(templates->templates.get())["supports_parallel_tool_calls"];
    if (request.contains("add_generation_prompt")) {
        inputs.add_generation_prompt = request.at("add_generation_prompt").get<bool>();
    }
    if (request.contains("continue_final_message")) {
        inputs.continue_final_message = common_chat_continuation_parse(request.at("continue_final_message"));
    }
    if (request.contains("reasoning_format")) {
        inputs.reasoning_format = common_reasoning_format_from_name(request.at("reasoning_format").get<std::string>());
    }
    if (request.contains("enable_thinking")) {
        inputs.enable_thinking = request.at("enable_thinking").get<bool>();
    }
    if (request.contains("now")) {
        inputs.now = std::chrono::system_clock::time_point(std::chrono::seconds(request.at("now").get<int64_t>()));
    }
    if (request.contains("chat_template_kwargs")) {
        for (const auto & item : request.at("chat_template_kwargs").items()) {
            inputs.chat_template_kwargs[item.key()] = item.value().dump();
        }
    }
    return inputs;
}

vlm4j_chat_prompt * vlm4j_chat_apply(const vlm4j_chat_templates * templates, const char * request_json) {
    return guarded<vlm4j_chat_prompt *>(nullptr, [&] {
        jinja::count_steps_anew();
        const auto inputs = read_request(templates, common_json::parse(request_json));
        auto prompt       = std::make_unique<vlm4j_chat_prompt>();
        prompt->params    = common_chat_templates_apply(templates->templates.get(), inputs);
        prompt->parser    = common_chat_parser_params(prompt->params);
        prompt->parser.reasoning_format = inputs.reasoning_format;
        prompt->parser.parse_tool_calls = !inputs.tools.empty() && inputs.tool_choice != COMMON_CHAT_TOOL_CHOICE_NONE;
        prompt->parser.is_continuation  = inputs.continue_final_message != COMMON_CHAT_CONTINUATION_NONE;
        if (!prompt->params.parser.empty()) {
            prompt->parser.parser.load(prompt->params.parser);
        }
        return prompt.release();
    });
}

void vlm4j_chat_prompt_free(vlm4j_chat_prompt * prompt) { delete prompt; }

const char * vlm4j_chat_prompt_text(const vlm4j_chat_prompt * prompt) { return prompt->params.prompt.c_str(); }

static const char * at(const std::vector<std::string> & texts, int64_t index) {
    return index >= 0 && static_cast<size_t>(index) < texts.size() ? texts[static_cast<size_t>(index)].c_str() : nullptr;
}

const char * vlm4j_chat_prompt_stop(const vlm4j_chat_prompt * prompt, int64_t index) {
    return at(prompt->params.additional_stops, index);
}

const char * vlm4j_chat_prompt_preserved(const vlm4j_chat_prompt * prompt, int64_t index) {
    return at(prompt->params.preserved_tokens, index);
}

const char * vlm4j_chat_prompt_format(const vlm4j_chat_prompt * prompt) {
    return common_chat_format_name(prompt->params.format);
}

const char * vlm4j_chat_prompt_grammar(const vlm4j_chat_prompt * prompt) { return prompt->params.grammar.c_str(); }

// ---- constraining and reading the answer -----------------------------------------------------------------------------

// The ways of common_sampler_init to say when a grammar begins.
static std::string pattern_of(const common_grammar_trigger & trigger) {
    switch (trigger.type) {
        case COMMON_GRAMMAR_TRIGGER_TYPE_WORD:
            return regex_escape(trigger.value);
        case COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN:
            return trigger.value;
        case COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN_FULL:
            return "^" + trigger.value + "$";
        case COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN:
            break;
    }
    throw std::invalid_argument("a grammar trigger of unknown kind");
}

static llama_sampler * lazy_grammar(const common_chat_params & params, const llama_vocab * vocab) {
    std::vector<std::string> patterns;
    std::vector<llama_token> tokens;
    for (const auto & trigger : params.grammar_triggers) {
        if (trigger.type == COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN) {
            tokens.push_back(trigger.token);
            continue;
        }
        if (trigger.type == COMMON_GRAMMAR_TRIGGER_TYPE_WORD) { // a word that is one special token never shows as text
            const auto ids = common_tokenize(vocab, trigger.value, false, true);
            if (ids.size() == 1) {
                tokens.push_back(ids[0]);
                continue;
            }
        }
        patterns.push_back(pattern_of(trigger));
    }
    std::vector<const char *> pointers;
    for (const auto & pattern : patterns) {
        pointers.push_back(pattern.c_str());
    }
    return llama_sampler_init_grammar_lazy_patterns(vocab, params.grammar.c_str(), "root", pointers.data(), pointers.size(),
                                                    tokens.data(), tokens.size());
}

// The template has begun the answer; the grammar describes it from its first character.
static void accept_beginning(llama_sampler * grammar, const std::string & beginning, const llama_vocab * vocab) {
    const auto tokens = common_tokenize(vocab, beginning, false, true);
    for (size_t i = 0; i < tokens.size(); i++) {
        const auto piece = common_token_to_piece(vocab, tokens[i], true);
        if (i == 0 && !piece.empty() && std::isspace(static_cast<unsigned char>(piece[0]))
            && !std::isspace(static_cast<unsigned char>(beginning[0]))) {
            continue; // a space that the tokenizer put before a special token
        }
        llama_sampler_accept(grammar, tokens[i]);
    }
}

llama_sampler * vlm4j_chat_prompt_sampler(const vlm4j_chat_prompt * prompt, const llama_vocab * vocab) {
    return guarded<llama_sampler *>(nullptr, [&]() -> llama_sampler * {
        const auto & params = prompt->params;
        if (params.grammar.empty()) {
            return nullptr;
        }
        using owned = std::unique_ptr<llama_sampler, decltype(&llama_sampler_free)>;
        owned sampler(params.grammar_lazy ? lazy_grammar(params, vocab)
                                          : llama_sampler_init_grammar(vocab, params.grammar.c_str(), "root"),
                      llama_sampler_free);
        if (sampler == nullptr) {
            throw std::runtime_error("the grammar of the answer does not parse");
        }
        if (!params.grammar_lazy && !params.generation_prompt.empty()) {
            accept_beginning(sampler.get(), params.generation_prompt, vocab);
        }
        return sampler.release();
    });
}

char * vlm4j_chat_parse(const vlm4j_chat_prompt * prompt, const char * text, bool partial) {
    return guarded<char *>(nullptr, [&] {
        return vlm4j::copy_of(common_chat_parse(text, partial, prompt->parser).to_json_oaicompat().dump());
    });
}

char * vlm4j_json_schema_to_grammar(const char * schema_json) {
    return guarded<char *>(nullptr, [&] {
        return vlm4j::copy_of(json_schema_to_grammar(common_json::parse(schema_json), /* force_gbnf = */ true));
    });
}
