package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.dataset.VisionDataset;
import io.vlm4j.evaluation.ComparisonReport;
import io.vlm4j.evaluation.EvaluationOptions;
import io.vlm4j.evaluation.EvaluationReport;
import io.vlm4j.evaluation.Example;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The examples in the documentation of `io.vlm4j.evaluation`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class EvaluationSnippets {
    @Test
    void evaluate() {
        Path file = TestModels.sample("samples.jsonl");
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            // @start region="evaluate"
            List<Example> examples = VisionDataset.open(file).map(Example::of).toList();
            EvaluationReport report =
                    vlm.evaluation(EvaluationOptions.defaults()).run(examples);
            double right = report.accuracy(); // 1.0
            double perplexity = report.perplexity(); // of the right answers' tokens
            // @end
            assertThat(right).isOne();
            assertThat(perplexity).isLessThan(1.2);
        }
    }

    @Test
    void compare() {
        Path quantized = TestModels.bundled();
        Path original = TestModels.bundled();
        Path projector = TestModels.bundledProjector();
        List<Example> examples = VisionDataset.open(TestModels.sample("samples.jsonl"))
                .map(Example::of)
                .take(7)
                .toList();
        // @start region="compare"
        try (Vlm reference = Vlm.open(original, projector);
                Vlm vlm = Vlm.open(quantized, projector)) {
            ComparisonReport report = vlm.comparison(reference).ofExamples(examples);
            double moved = report.meanDivergence(); // nats
            double same = report.topAgreement(); // of the most likely token
            // @end
            assertThat(moved).isZero(); // of a file from itself
            assertThat(same).isOne();
        }
    }
}
