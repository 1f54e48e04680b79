package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.Vlm4jException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExitCodeTest {
    @Test
    void everyFailureHasItsCode() {
        Map<Throwable, Integer> codes = Map.ofEntries(
                Map.entry(new Vlm4jException.NativeLoad("x", null), 6),
                Map.entry(new Vlm4jException.InvalidFile("x"), 3),
                Map.entry(new Vlm4jException.ModelLoad("x"), 3),
                Map.entry(new Vlm4jException.InvalidMedia("x"), 4),
                Map.entry(new Vlm4jException.InvalidTemplate("x"), 5),
                Map.entry(new Vlm4jException.InvalidAnswer("x"), 1),
                Map.entry(new Vlm4jException.InvalidGrammar("x"), 5),
                Map.entry(new Vlm4jException.ContextFull("x"), 5),
                Map.entry(new Vlm4jException.Inference("x"), 1),
                Map.entry(new Vlm4jException.NativeAbort("x", "y", "z", 1, List.of()), 1),
                Map.entry(new Vlm4jException.Overloaded("x"), 1),
                Map.entry(new Vlm4jException.DeadlineExceeded("x"), 1),
                Map.entry(new Vlm4jException.Hub(Vlm4jException.Hub.Reason.QUOTA, "x"), 7),
                Map.entry(new Vlm4jException.WorkerDied("x", 139, "SIGSEGV", List.of(), List.of()), 8),
                Map.entry(new Vlm4jException.Cancelled("x"), 130),
                Map.entry(new OutOfMemoryError("x"), 1));

        codes.forEach((failure, code) ->
                assertThat(ExitCode.of(failure)).as("%s", failure).isEqualTo(code));
        assertThat(codes.keySet().stream().filter(Vlm4jException.class::isInstance))
                .hasSameSizeAs(Vlm4jException.class.getPermittedSubclasses());
    }

    @Test
    void ownFailuresCarryTheirs() {
        assertThat(ExitCode.of(new Failure(ExitCode.PROMPT, "x"))).isEqualTo(5);
    }
}
