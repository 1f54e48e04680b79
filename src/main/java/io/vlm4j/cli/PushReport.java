package io.vlm4j.cli;

import io.vlm4j.hub.PushEvent;
import io.vlm4j.hub.PushListener;
import io.vlm4j.hub.PushPlan;
import io.vlm4j.hub.PushResult;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a push does and what came of it, for people and as JSON.
final class PushReport implements PushListener {
    private static final double MEGA = 1e6;

    private final RootCommand root;
    private final ProgressLine progress;
    private final String repo;
    private long start = System.nanoTime();
    private long first = -1;

    PushReport(RootCommand root, ProgressLine progress, String repo) {
        this.root = root;
        this.progress = progress;
        this.repo = repo;
    }

    @Override
    public void onEvent(PushEvent event) {
        switch (event) {
            case PushEvent.Planned planned -> root.note("to " + repo + ": " + line(planned.plan()));
            case PushEvent.Hashing hashing -> progress.show("reading " + bar(hashing.done(), hashing.total()));
            case PushEvent.Sending sending ->
                progress.show(bar(sending.done(), sending.total()) + rate(sending.done()));
            case PushEvent.Retrying retrying -> {
                progress.clear();
                root.note(retrying.what() + ": " + retrying.reason() + "; again in "
                        + String.format(Locale.ROOT, "%.1f s", retrying.delay().toMillis() / 1e3));
            }
        }
    }

    private static String bar(long done, long total) {
        return EvalReport.bar((int) Math.ceil(done / MEGA), (int) Math.max(1, Math.ceil(total / MEGA))) + " MB";
    }

    /// Of what went since the first time; what was there before says nothing about the network.
    private String rate(long done) {
        if (first < 0) {
            first = done;
            start = System.nanoTime();
            return "";
        }
        return String.format(
                Locale.ROOT, ", %.1f MB/s", (done - first) * 1e9 / MEGA / Math.max(1, System.nanoTime() - start));
    }

    static String line(PushPlan plan) {
        return plan.files().size()
                + (plan.files().size() == 1 ? " file, " : " files, ")
                + size(plan.bytes())
                + (plan.leftOut().isEmpty() ? "" : "; left out: " + String.join(", ", plan.leftOut()));
    }

    static String size(long bytes) {
        return bytes < MEGA
                ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
                : String.format(Locale.ROOT, "%.1f MB", bytes / MEGA);
    }

    void tell(PushResult result) {
        root.note(
                result.pushed().isEmpty()
                        ? "all is there already, at commit " + result.commit()
                        : "commit " + result.commit() + ": " + String.join(", ", result.pushed()) + " ("
                                + size(result.sentBytes()) + " of large files sent)");
        if (!result.ignored().isEmpty()) {
            root.note("kept out by the repository's .gitignore: " + String.join(", ", result.ignored()));
        }
        root.out().line(result.page().toString());
    }

    static ObjectNode document(PushPlan plan) {
        ObjectNode document = Json.object();
        put(document, "files", plan.files());
        document.put("bytes", plan.bytes());
        put(document, "left_out", plan.leftOut());
        return document;
    }

    static ObjectNode document(PushResult result) {
        ObjectNode document =
                Json.object().put("page", result.page().toString()).put("commit", result.commit());
        put(document, "pushed", result.pushed());
        put(document, "unchanged", result.unchanged());
        put(document, "ignored", result.ignored());
        return document.put("sent_bytes", result.sentBytes());
    }

    private static void put(ObjectNode document, String name, List<String> texts) {
        ArrayNode list = document.putArray(name);
        texts.forEach(list::add);
    }
}
