package io.vlm4j.hub.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.Hub;
import io.vlm4j.hub.PushEvent;
import io.vlm4j.hub.PushListener;
import io.vlm4j.hub.PushOptions;
import io.vlm4j.hub.PushResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// A push from beginning to end. What is not known to be done is looked at again: all that was done before costs a
/// question then, and nothing is sent twice.
public final class PushRun {
    private static final String MAIN = "main";

    private final HubHttp http;
    private final RepoName repo;
    private final PushOptions options;
    private final Progress progress;
    private final HubApi api;

    public PushRun(HubHttp http, RepoName repo, PushOptions options, PushListener listener) {
        this.http = http;
        this.repo = repo;
        this.options = options;
        this.progress = new Progress(listener);
        this.api = new HubApi(http, repo, options.revision(), progress);
    }

    /// What the hub has, and what it lacks.
    private record Difference(
            List<SourceFile> large, List<SourceFile> small, List<String> unchanged, List<String> ignored) {
        List<String> changed() {
            List<String> changed = new ArrayList<>();
            large.forEach(file -> changed.add(file.path()));
            small.forEach(file -> changed.add(file.path()));
            return changed.stream().sorted().toList();
        }
    }

    public void prepare() {
        api.createRepository(options.hidesRepo());
        if (!options.revision().equals(MAIN)) {
            api.createBranch();
        }
    }

    /// @throws Hub                      when it comes to nothing
    /// @throws Vlm4jException.Cancelled when the thread is interrupted
    public PushResult push(FolderFiles folder) {
        progress.tell(new PushEvent.Planned(folder.plan()));
        prepare();
        UploadMemory memory = new UploadMemory(folder.folder(), http.endpoint().base() + "/" + repo);
        Set<String> done = new HashSet<>();
        for (int round = 0; ; round++) {
            Difference difference = difference(folder.files());
            done.addAll(difference.changed());
            Optional<String> commit = Optional.of("");
            if (!difference.changed().isEmpty()) {
                sendLarge(difference.large(), memory);
                commit = commit(difference, round == http.retries());
            }
            if (commit.isPresent()) {
                memory.forgetAll();
                return result(difference, done, commit.get());
            }
            Pause.of(http.delay(round));
        }
    }

    private PushResult result(Difference difference, Set<String> done, String commit) {
        return new PushResult(
                api.page(),
                commit.isEmpty() ? api.head() : commit,
                done.stream().sorted().toList(),
                difference.unchanged().stream()
                        .filter(path -> !done.contains(path))
                        .toList(),
                difference.ignored(),
                progress.sent());
    }

    private Difference difference(List<SourceFile> files) {
        Map<String, HubApi.Mode> modes = api.modes(files);
        Difference difference =
                new Difference(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        Hashing hashing = new Hashing(files.stream()
                .filter(file -> mode(modes, file).large())
                .mapToLong(SourceFile::size)
                .sum());
        for (SourceFile file : files) {
            HubApi.Mode mode = mode(modes, file);
            boolean large = mode.large() && file.size() > 0; // storages refuse empty ones
            if (mode.ignore()) {
                difference.ignored().add(file.path());
            } else if (mode.known().isPresent()
                    && mode.known().get().equals(large ? file.sha256(hashing::read) : file.blobId())) {
                difference.unchanged().add(file.path());
            } else if (large) {
                file.sha256(hashing::read);
                difference.large().add(file);
            } else {
                difference.small().add(file);
            }
        }
        return difference;
    }

    private static HubApi.Mode mode(Map<String, HubApi.Mode> modes, SourceFile file) {
        return Objects.requireNonNull(modes.get(file.path()));
    }

    private void sendLarge(List<SourceFile> files, UploadMemory memory) {
        Map<String, LfsObject> objects = api.objects(files);
        Set<String> oids = new HashSet<>();
        List<SourceFile> missing = files.stream()
                .filter(file -> object(objects, file).upload().isPresent())
                .filter(file -> oids.add(file.sha256())) // the same content under two names goes once
                .toList();
        progress.expect(missing.stream().mapToLong(SourceFile::size).sum());
        LfsUpload upload = new LfsUpload(api, http, memory, progress);
        Lanes.each(http.connections(), missing, file -> upload.send(file, object(objects, file)));
        progress.tell();
    }

    private static LfsObject object(Map<String, LfsObject> objects, SourceFile file) {
        return Objects.requireNonNull(objects.get(file.sha256()));
    }

    /// @return empty when nobody knows whether it was made
    private Optional<String> commit(Difference difference, boolean last) {
        CommitContent content = new CommitContent(options.message());
        difference.small().forEach(content::add);
        difference.large().forEach(file -> content.addLarge(file.path(), file.sha256(), file.size()));
        return api.commit(content, last);
    }

    /// Tells of what is read, not too often.
    private final class Hashing {
        private static final long STEP = 1 << 24;

        private final long total;
        private long done;
        private long told;

        Hashing(long total) {
            this.total = total;
        }

        void read(long bytes) {
            done += bytes;
            if (done - told >= STEP) {
                told = done;
                progress.tell(new PushEvent.Hashing(done, total));
            }
        }
    }
}
