package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.Vlm4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureTest {
    @ParameterizedTest
    @CsvSource({
        "topK must be 0 or more not -1,            --top-k must be 0 or more not -1",
        "topNSigma must be 0 or more,              --top-n-sigma must be 0 or more",
        "temperature must be 0 or more,            --temperature must be 0 or more",
        "mirostat version must be 1 or 2 not 3,    mirostat version must be 1 or 2 not 3",
        "an empty stop string,                     an empty stop string"
    })
    void settingsAreNamedAsOnTheCommandLine(String said, String told) {
        Failure failure = Failure.ofSetting(new IllegalArgumentException(said));

        assertThat(failure).hasMessage(told);
        assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void onlyUnexpectedFailuresShowTheirKind() {
        assertThat(Failure.describe(new Vlm4jException.InvalidFile("x.gguf is bad")))
                .isEqualTo("x.gguf is bad");
        assertThat(Failure.describe(new Failure(ExitCode.FAILURE, "cannot"))).isEqualTo("cannot");
        assertThat(Failure.describe(new IllegalStateException("closed")))
                .isEqualTo("java.lang.IllegalStateException: closed");
        assertThat(Failure.describe(new OutOfMemoryError())).isEqualTo("java.lang.OutOfMemoryError");
    }
}
