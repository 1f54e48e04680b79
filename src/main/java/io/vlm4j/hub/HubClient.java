package io.vlm4j.hub;

import io.vlm4j.Vlm4jException;
import io.vlm4j.hub.internal.FolderFiles;
import io.vlm4j.hub.internal.HubHttp;
import io.vlm4j.hub.internal.PushRun;
import io.vlm4j.hub.internal.RepoName;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/// A connection to the Hugging Face Hub, or to a server that speaks its protocol.
///
/// {@snippet class="io.vlm4j.snippets.HubSnippets" region="push"}
///
/// A push is one commit: either all files are in the repository after it or none. Files that are there already
/// are not sent. An interrupted push goes on where it was when it is made again: of large files, the parts that
/// have arrived are remembered in the folder (`.vlm4j-push`, which only its owner may read, and which is gone
/// when all is done). Files are read in pieces, so memory does not depend on their size. Interrupting the
/// thread ends a push with [Vlm4jException.Cancelled].
///
/// The token is sent to [HubOptions#endpoint()] alone. Large files go to whatever storage the hub names, with
/// the headers that it names, over `https` (or `http` within this machine).
///
/// - **Owner**: whoever opened it.
/// - **Threads**: any, several pushes at a time included.
/// - **Close**: gives up connections; a push under way fails. Use after it is an [IllegalStateException].
public final class HubClient implements AutoCloseable {
    private final HubHttp http;

    private HubClient(HubHttp http) {
        this.http = http;
    }

    /// Connects when there is something to say.
    public static HubClient open(HubOptions options) {
        return new HubClient(new HubHttp(options));
    }

    /// What a push of this folder would send.
    ///
    /// @throws IllegalArgumentException as [#push(Path, String)]
    /// @throws UncheckedIOException     when the folder cannot be read
    public static PushPlan plan(Path folder, PushOptions options) {
        return FolderFiles.of(folder, options).plan();
    }

    /// What a push of these files would send.
    ///
    /// @throws IllegalArgumentException as [#push(Path, List, String, PushOptions, PushListener)]
    public static PushPlan plan(Path folder, List<Path> files) {
        return FolderFiles.of(folder, files).plan();
    }

    /// Makes the repository and the branch, unless they are there. A push does so by itself; before long work
    /// whose result is to be pushed, it shows whether that will be possible.
    ///
    /// @param repo `OWNER/NAME`, a user's or an organization's
    /// @throws IllegalArgumentException when the hub takes no such name
    /// @throws Vlm4jException.Hub       when it may not be made, or the hub cannot be reached
    public void prepare(String repo, PushOptions options) {
        new PushRun(http, RepoName.of(repo), options, PushListener.NONE).prepare();
    }

    /// Pushes a folder to `main`, without what is hidden and without checkpoints. See
    /// [#push(Path, String, PushOptions, PushListener)].
    public PushResult push(Path folder, String repo) {
        return push(folder, repo, PushOptions.defaults(), PushListener.NONE);
    }

    /// Pushes a folder with all below it. The repository is made if it is not there. Files that are only there
    /// stay.
    ///
    /// @param repo `OWNER/NAME`, a user's or an organization's
    /// @throws IllegalArgumentException when the hub takes no such name, there is nothing to push, or something in the
    ///     folder is no plain file: a link out of it, a link to a folder, a pipe
    /// @throws Vlm4jException.Hub       when the hub refuses, cannot be reached, or a file changes meanwhile; the
    ///     repository is as it was
    /// @throws Vlm4jException.Cancelled when the thread is interrupted, which it still is afterwards
    /// @throws UncheckedIOException     when a file cannot be read
    public PushResult push(Path folder, String repo, PushOptions options, PushListener listener) {
        return new PushRun(http, RepoName.of(repo), options, listener).push(FolderFiles.of(folder, options));
    }

    /// Pushes some files of a folder, be they hidden or checkpoints.
    ///
    /// @param files within the folder; relative ones are
    /// @throws IllegalArgumentException also when one is outside the folder, or below `.git` or `.cache`
    /// @see #push(Path, String, PushOptions, PushListener)
    public PushResult push(Path folder, List<Path> files, String repo, PushOptions options, PushListener listener) {
        return new PushRun(http, RepoName.of(repo), options, listener).push(FolderFiles.of(folder, files));
    }

    @Override
    public void close() {
        http.close();
    }
}
