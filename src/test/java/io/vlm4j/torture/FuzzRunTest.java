package io.vlm4j.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The one who watches, with workers written as shell scripts: they say what a worker says, and come to an end as
/// it may. Arguments: `--worker FOLDER --replay KIND:SEED:FIRST..LAST ...`.
class FuzzRunTest {
    private static final String CASES =
            "range=${4##*:}; first=${range%%..*}; last=${range##*..}; n=$first; while [ $n -le $last ]; do "
                    + "echo \"input $n\" >$2/case.gbnf; echo \"vlm4j-fuzz begins $n\"; ";
    private static final String NEXT = "echo \"vlm4j-fuzz ends $n accepted\"; n=$((n + 1)); done";

    @TempDir
    private Path folder;

    private KindReport run(String body, int cases) throws IOException, InterruptedException {
        return script(CASES + body + NEXT, cases);
    }

    private KindReport script(String script, int cases) throws IOException, InterruptedException {
        FuzzOptions options = new FuzzOptions(
                Path.of("model.gguf"),
                Path.of("mmproj.gguf"),
                cases,
                7,
                folder.resolve("keep"),
                Duration.ofMillis(300),
                1L << 30,
                Duration.ofMinutes(5),
                List.of("sh", "-c", script, "worker"));
        return FuzzRun.of(FuzzKind.GRAMMAR, options, text -> {});
    }

    @Test
    void countsWhatWasAcceptedAndRefused() throws Exception {
        KindReport report =
                run("if [ $n = 2 ]; then echo \"vlm4j-fuzz ends 2 InvalidGrammar\"; n=3; continue; fi; ", 5);

        assertThat(report.cases()).isEqualTo(5);
        assertThat(report.accepted()).isEqualTo(4);
        assertThat(report.refused()).containsOnly(Map.entry("InvalidGrammar", 1));
        assertThat(report.offences()).isEmpty();
        assertThat(report.workers()).isEqualTo(1);
    }

    @Test
    void aWorkerThatDiesIsReplacedAndWhatKilledItKept() throws Exception {
        KindReport report = run("if [ $n = 1 ]; then echo fatal >&2; kill -9 $$; fi; ", 4);

        assertThat(report.cases()).isEqualTo(4);
        assertThat(report.accepted()).isEqualTo(3);
        assertThat(report.workers()).isEqualTo(2);
        assertThat(report.offences()).singleElement().satisfies(offence -> {
            assertThat(offence.what()).isEqualTo(Offence.What.DIED);
            assertThat(offence.replay()).hasToString("grammar:7:1");
        });
        assertThat(folder.resolve("keep/grammar-7-1.gbnf")).hasContent("input 1");
        assertThat(Files.readString(folder.resolve("keep/grammar-7-1.txt")))
                .contains("died", "--replay grammar:7:1", "grammar:7:0..1", "fatal");
    }

    @Test
    void aWorkerThatHangsIsEndedWhenItHangsAgain() throws Exception {
        KindReport report = run("if [ $n = 2 ]; then while :; do :; done; fi; ", 4);

        assertThat(report.accepted()).isEqualTo(3);
        assertThat(report.count(Offence.What.HUNG)).isEqualTo(1);
        assertThat(report.workers())
                .as("the first, a second try, one for the rest")
                .isEqualTo(3);
    }

    @Test
    void aWorkerThatWasOnlySlowIsNoOffence() throws Exception {
        String onceOnly = "if [ $n = 2 ] && ! [ -f $2/tried ]; then touch $2/tried; while :; do :; done; fi; ";

        KindReport report = run(onceOnly, 4);

        assertThat(report.offences()).isEmpty();
        assertThat(report.slow()).isEqualTo(1);
        assertThat(report.cases()).isEqualTo(4);
    }

    @Test
    void aWorkerThatDoesNotStartIsNoFinding() {
        assertThatIllegalStateException()
                .isThrownBy(() -> script("echo no library >&2; exit 6", 4))
                .withMessageContaining("no library");
    }

    @Test
    void rangesAreReadAsTheyAreWritten() {
        CaseRange range = CaseRange.parse("calls:-3:5..9");

        assertThat(range).isEqualTo(new CaseRange(FuzzKind.CALLS, -3, 5, 9)).hasToString("calls:-3:5..9");
        assertThat(CaseRange.parse("text:1:66")).hasToString("text:1:66");
        for (String wrong : List.of("", "text", "text:1", "text:1:a", "text:1:5..4", "nothing:1:1", "text:1:-1")) {
            assertThatIllegalArgumentException().isThrownBy(() -> CaseRange.parse(wrong));
        }
    }
}
