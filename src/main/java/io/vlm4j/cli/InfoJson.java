package io.vlm4j.cli;

import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufText;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.inference.MemoryEstimate;
import java.math.BigInteger;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `info --json`. A fact that the file does not tell is `null`.
///
/// @param tensors whether the tensors are listed
/// @param full    whether long lists are written out
record InfoJson(ModelFacts facts, boolean tensors, boolean full) {
    private static final int LONG = 64;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    ObjectNode document() {
        ObjectNode document = Json.object()
                .put("file", facts.header().path().toString())
                .put("kind", Json.name(facts.kind()))
                .put("architecture", facts.architecture())
                .put("name", facts.name().orElse(null))
                .put("gguf_version", facts.header().version())
                .put("file_bytes", facts.header().byteSize())
                .put("parameters", facts.parameters())
                .put("tensor_count", facts.tensors().size())
                .put("tensor_bytes", facts.tensorBytes())
                .put("bits_per_weight", Json.rounded(facts.bitsPerWeight(), 3));
        ObjectNode mix = document.putObject("quantization");
        facts.quantization()
                .forEach((type, share) -> mix.putObject(type.label())
                        .put("tensors", share.tensors())
                        .put("parameters", share.parameters())
                        .put("bytes", share.bytes()));
        put(document, "context_length", facts.dimension("context_length"));
        put(document, "embedding_length", facts.dimension("embedding_length"));
        put(document, "layers", facts.dimension("block_count"));
        put(document, "heads", facts.dimension("attention.head_count"));
        put(document, "key_value_heads", facts.dimension("attention.head_count_kv"));
        put(document, "vocabulary_size", facts.vocabulary());
        document.put("chat_template", facts.chatTemplate().orElse(null))
                .put("sees", facts.sees())
                .put("hears", facts.hears());
        document.put("sees_by_itself", facts.seesByItself());
        facts.tiling()
                .filter(tiling -> facts.kind() == ModelFacts.Kind.PROJECTOR)
                .ifPresentOrElse(
                        tiling -> document.putObject("tiling")
                                .put("kind", Json.name(tiling.kind()))
                                .put("note", tiling.note()),
                        () -> document.putNull("tiling"));
        ArrayNode beside = document.putArray("projectors_beside");
        facts.neighbour().forEach(neighbour -> beside.add(neighbour.file().toString()));
        ArrayNode missing = document.putArray("missing_parts");
        facts.missing().forEach(part -> missing.add(part.toString()));
        putMemory(document);
        ObjectNode metadata = document.putObject("metadata");
        facts.header().metadata().forEach((key, value) -> metadata.set(key, node(value)));
        if (tensors) {
            addTensors(document.putArray("tensors"));
        }
        return document;
    }

    private void putMemory(ObjectNode document) {
        Optional<MemoryEstimate> estimate = facts.memory();
        if (estimate.isEmpty()) {
            document.putNull("memory_bytes");
            return;
        }
        MemoryEstimate memory = estimate.get();
        document.putObject("memory_bytes")
                .put("main", memory.mainMemory())
                .put("mapped", memory.mapped())
                .put("weights", memory.weights())
                .put("cache", memory.cache())
                .put("compute", memory.compute())
                .put("logits", memory.logits())
                .put("projector", memory.projector())
                .put("encoding", memory.encoding());
    }

    private static void put(ObjectNode document, String name, OptionalLong value) {
        if (value.isPresent()) {
            document.put(name, value.getAsLong());
        } else {
            document.putNull(name);
        }
    }

    private void addTensors(ArrayNode list) {
        facts.tensors().forEach(tensor -> {
            ObjectNode node = list.addObject()
                    .put("name", tensor.name())
                    .put("type", tensor.type().label());
            ArrayNode shape = node.putArray("shape");
            for (long dim : tensor.shape().dims()) {
                shape.add(dim);
            }
            node.put("bytes", tensor.byteSize());
        });
    }

    private JsonNode node(GgufValue value) {
        return switch (value) {
            case GgufValue.Int number
            when number.type() == GgufType.U64 && number.value() < 0 ->
                NODES.numberNode(new BigInteger(Long.toUnsignedString(number.value())));
            case GgufValue.Int number -> NODES.numberNode(number.value());
            case GgufValue.Float32 number -> NODES.numberNode(number.value());
            case GgufValue.Float64 number -> NODES.numberNode(number.value());
            case GgufValue.Bool flag -> NODES.booleanNode(flag.value());
            case GgufText text -> NODES.stringNode(text.asString());
            case GgufArray array -> node(array);
        };
    }

    private JsonNode node(GgufArray array) {
        if (array.size() > LONG && !full) {
            return Json.object().put("elements", Json.name(array.elementType())).put("size", array.size());
        }
        ArrayNode list = NODES.arrayNode();
        array.asList().forEach(element -> list.add(node(element)));
        return list;
    }
}
