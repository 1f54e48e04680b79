package io.vlm4j.server.internal;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.model.Model;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.sampling.SamplingOptionsBuilder;
import io.vlm4j.server.ServerOptions;
import io.vlm4j.server.internal.json.Fields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/// What a request says of how tokens are chosen, how many, and with which adapters: OpenAI's names and llama-server's.
public final class SamplingReader {
    private static final int MOST_STOPS = 32;
    private static final int LONGEST_STOP = 1000;
    private static final int MOST_BIASES = 10_000;
    private static final double HIGHEST = 1000;
    private static final long SEEDS = 0xFFFF_FFFFL; // llama.cpp's, without the one that means a random one

    private final Model model;
    private final ServerOptions options;
    private final LoraReader loras;
    private final int room;

    SamplingReader(Model model, ServerOptions options, LoraReader loras, int room) {
        this.model = model;
        this.loras = loras;
        this.options = options;
        this.room = room;
    }

    /// How each of `choices` answers is generated; a seed goes up from one to the next.
    ///
    /// @param maxTokens names of the fields that may limit the answer; the first that is there counts
    public List<GenerationOptions> read(Fields request, int choices, String... maxTokens) {
        SamplingOptionsBuilder sampling = sampling(request);
        GenerationOptions.Builder generation = GenerationOptions.builder()
                .maxTokens(maxTokens(request, maxTokens))
                .stops(stops(request, "stop"))
                .adapters(loras.read(request))
                .ignoreEnd(request.flag("ignore_eos", false));
        OptionalLong seed = seed(request);
        List<GenerationOptions> all = new ArrayList<>();
        for (int i = 0; i < choices; i++) {
            if (seed.isPresent()) {
                sampling.seed((seed.getAsLong() + i) % SEEDS);
            }
            all.add(generation.sampling(sampling.build()).build());
        }
        return all;
    }

    /// How many answers are wanted.
    public int choices(Fields request) {
        return request.integer("n", 1, options.limits().choices()).orElse(1);
    }

    private int maxTokens(Fields request, String... names) {
        int most = options.limits().tokens() > 0 ? Math.min(options.limits().tokens(), room) : room;
        for (String name : names) {
            OptionalInt given = request.integer(name, -1, Integer.MAX_VALUE);
            if (given.isPresent() && given.getAsInt() == 0) {
                throw request.refused(name, "must be 1 or more (or -1: as many as fit), not 0");
            }
            if (given.isPresent()) {
                return given.getAsInt() < 0 ? most : Math.min(given.getAsInt(), most);
            }
        }
        return most;
    }

    public List<String> stops(Fields request, String name) {
        List<String> stops = request.texts(name, MOST_STOPS);
        for (String stop : stops) {
            if (stop.isEmpty() || stop.length() > LONGEST_STOP) {
                throw request.refused(name, "must hold texts of 1 to " + LONGEST_STOP + " characters");
            }
        }
        return stops;
    }

    /// Any integer; negative ones count from the end, and llama-server's -1 is as good as none.
    private static OptionalLong seed(Fields request) {
        OptionalLong seed = request.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        return seed.isEmpty() || seed.getAsLong() == -1
                ? OptionalLong.empty()
                : OptionalLong.of(Math.floorMod(seed.getAsLong(), SEEDS));
    }

    private SamplingOptionsBuilder sampling(Fields request) {
        SamplingOptions base = options.sampling();
        return base.toBuilder()
                .temperature(number(request, "temperature", 0, HIGHEST, base.temperature()))
                .topP(number(request, "top_p", 0, 1, base.topP()))
                .minP(number(request, "min_p", 0, 1, base.minP()))
                .typicalP(number(request, "typical_p", 0, 1, base.typicalP()))
                .topK(Math.max(
                        0, request.integer("top_k", -1, Integer.MAX_VALUE).orElse(base.topK())))
                .repeatPenalty(number(request, "repeat_penalty", 1e-3, HIGHEST, base.repeatPenalty()))
                .penaltyLastTokens(Math.max(
                        0,
                        request.integer("repeat_last_n", 0, Integer.MAX_VALUE).orElse(base.penaltyLastTokens())))
                .presencePenalty(number(request, "presence_penalty", -HIGHEST, HIGHEST, base.presencePenalty()))
                .frequencyPenalty(number(request, "frequency_penalty", -HIGHEST, HIGHEST, base.frequencyPenalty()))
                .logitBias(biases(request, base));
    }

    private static float number(Fields request, String name, double least, double most, float otherwise) {
        return (float) request.number(name, least, most).orElse(otherwise);
    }

    private Map<Integer, Float> biases(Fields request, SamplingOptions base) {
        if (!request.has("logit_bias")) {
            return base.logitBias();
        }
        Fields given = request.requiredObject("logit_bias");
        if (given.node().size() > MOST_BIASES) {
            throw request.refused("logit_bias", "has more than " + MOST_BIASES + " tokens");
        }
        Map<Integer, Float> biases = new HashMap<>();
        for (Map.Entry<String, JsonNode> bias : given.node().properties()) {
            biases.put(token(request, bias.getKey()), (float)
                    given.number(bias.getKey(), -HIGHEST, HIGHEST).orElse(0));
        }
        return biases;
    }

    private int token(Fields request, String id) {
        try {
            int token = Integer.parseInt(id);
            if (token >= 0 && token < model.tokenizer().size()) {
                return token;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw request.refused(
                "logit_bias",
                "names the token '" + id + "'; there are 0 to "
                        + (model.tokenizer().size() - 1));
    }
}
