/// Vision-language models inside the JVM: llama.cpp and its multimodal library behind a Java API.
///
/// Start with [io.vlm4j.vlm.Vlm], which asks a model about a picture or a sound in one line. Beneath it each package
/// is one step of that line and usable on its own: [io.vlm4j.model] opens the weights and [io.vlm4j.media] pictures
/// and sounds, [io.vlm4j.prompt] puts them and text into the model's own format, [io.vlm4j.inference] evaluates them,
/// [io.vlm4j.sampling] chooses tokens and [io.vlm4j.generation] turns them into text, [io.vlm4j.extraction] into
/// values. [io.vlm4j.isolation] has a model in a process of its own. [io.vlm4j.scheduling] does so for many callers at
/// a time. [io.vlm4j.chat] holds conversations.
/// [io.vlm4j.dataset] reads examples from files.
/// [io.vlm4j.processing] makes the inputs of a forward pass as
/// transformers does, and [io.vlm4j.forward] shows what a model computes on the way. [io.vlm4j.training]
/// teaches models, [io.vlm4j.evaluation] measures
/// them, and [io.vlm4j.attention] shows where they looked. [io.vlm4j.gguf] reads model files without native code,
/// [io.vlm4j.conversion] makes them from checkpoints, [io.vlm4j.hub] sends them to the Hugging Face Hub,
/// [io.vlm4j.graph] computes those that llama.cpp cannot, and
/// [io.vlm4j.runtime] tells which native libraries and devices are in use.
///
/// Native access must be allowed: `--enable-native-access=io.vlm4j` on the module path, `ALL-UNNAMED` on the class
/// path.
@SuppressWarnings("requires-automatic") // Micrometer's, hardwood's
module io.vlm4j {
    requires transitive static org.jspecify;
    requires java.net.http;
    requires org.slf4j;
    requires tools.jackson.databind;

    // Optional: pictures from java.awt.image and in WebP, the process's CPU time, parquet, the command line.
    requires transitive static java.desktop;
    requires static jdk.management;
    requires static dev.hardwood.core;
    requires static info.picocli;
    requires static org.jline.reader;
    requires static org.jline.terminal;

    // Optional: the server, and figures of it for Prometheus.
    requires static io.netty.buffer;
    requires static io.netty.codec;
    requires static io.netty.codec.http;
    requires static io.netty.common;
    requires static io.netty.handler;
    requires static io.netty.transport;
    requires static micrometer.core;
    requires static micrometer.registry.prometheus;

    exports io.vlm4j;
    exports io.vlm4j.attention;
    exports io.vlm4j.chat;
    exports io.vlm4j.conversion;
    exports io.vlm4j.dataset;
    exports io.vlm4j.evaluation;
    exports io.vlm4j.extraction;
    exports io.vlm4j.forward;
    exports io.vlm4j.generation;
    exports io.vlm4j.gguf;
    exports io.vlm4j.graph;
    exports io.vlm4j.hub;
    exports io.vlm4j.inference;
    exports io.vlm4j.isolation;
    exports io.vlm4j.media;
    exports io.vlm4j.model;
    exports io.vlm4j.processing;
    exports io.vlm4j.prompt;
    exports io.vlm4j.runtime;
    exports io.vlm4j.sampling;
    exports io.vlm4j.scheduling;
    exports io.vlm4j.schema;
    exports io.vlm4j.server;
    exports io.vlm4j.tensor;
    exports io.vlm4j.training;
    exports io.vlm4j.vlm;

    opens io.vlm4j.chat.internal to
            tools.jackson.databind;
    opens io.vlm4j.cli to
            info.picocli;
    opens io.vlm4j.isolation.internal to
            tools.jackson.databind;
}
