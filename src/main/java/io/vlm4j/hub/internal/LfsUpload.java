package io.vlm4j.hub.internal;

import io.vlm4j.Vlm4jException.Hub;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Sends large files to the storage that the hub names, whole or in parts.
///
/// Addresses expire, and a storage may come to another sum than we do: when one refuses, the hub is asked for new
/// addresses. If they are for the same upload, it goes on; otherwise the file begins anew.
record LfsUpload(HubApi api, HubHttp http, UploadMemory memory, Progress progress) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String CHUNK_SIZE = "chunk_size";
    private static final int MOST_PARTS = 100_000;
    private static final int MOST_TIMES = 3;

    /// Where the parts of a file go.
    ///
    /// @param uris of the first part, the second, and so on
    private record Parts(LfsObject.Action action, long size, List<String> uris) {}

    /// @param given what the hub said to do with it
    void send(SourceFile file, LfsObject given) {
        String oid = file.sha256();
        LfsObject object = given;
        for (int time = 1; object.upload().isPresent(); time++) {
            AtomicLong arrived = new AtomicLong();
            try {
                send(file, oid, object, time > 1, arrived);
                memory.forget(oid);
                return;
            } catch (Hub e) {
                if (e.reason() != Hub.Reason.REFUSED || time == MOST_TIMES) {
                    throw e;
                }
                progress.skipped(-arrived.get());
                object = Objects.requireNonNull(api.objects(List.of(file)).get(oid));
            }
        }
        progress.skipped(file.size());
    }

    /// @param refused whether addresses that were given before are of no use any more
    private void send(SourceFile file, String oid, LfsObject object, boolean refused, AtomicLong arrived) {
        LfsObject.Action upload = object.upload().orElseThrow();
        Optional<Parts> parts = parts(file, upload);
        if (parts.isPresent()) {
            sendParts(file, oid, parts.get(), refused, arrived);
        } else {
            http.send(
                    Call.put("send " + file.path(), upload.href(), upload.header(), file.slice(0, file.size())),
                    progress);
            arrived.addAndGet(file.size());
        }
        file.requireUnchanged();
        object.verify().ifPresent(verify -> verify(file, oid, verify));
    }

    /// @return empty when the file is to be sent whole
    private Optional<Parts> parts(SourceFile file, LfsObject.Action action) {
        String chunk = action.header().get(CHUNK_SIZE);
        if (chunk == null) {
            return Optional.empty();
        }
        SortedMap<Integer, String> uris = new TreeMap<>();
        try {
            action.header().forEach((name, value) -> {
                if (name.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    uris.put(Integer.parseInt(name), value);
                }
            });
            long size = Long.parseLong(chunk);
            long count = size <= 0 ? 0 : (file.size() + size - 1) / size;
            if (count > 0
                    && count <= MOST_PARTS
                    && uris.size() == count
                    && uris.firstKey() == 1
                    && uris.lastKey() == count) {
                return Optional.of(new Parts(action, size, List.copyOf(uris.values())));
            }
        } catch (NumberFormatException e) {
            // no part, and no number that makes sense
        }
        throw new Hub(
                Hub.Reason.MALFORMED,
                "cannot send " + file.path() + ": the hub names " + uris.size() + " parts of " + chunk + " bytes for "
                        + file.size());
    }

    private void sendParts(SourceFile file, String oid, Parts given, boolean refused, AtomicLong arrived) {
        SortedMap<Integer, String> etags = new ConcurrentSkipListMap<>();
        Optional<UploadMemory.Begun> begun = memory.recall(oid);
        Optional<Parts> old =
                begun.filter(it -> !it.etags().isEmpty()).flatMap(it -> recalled(file, given.action(), it, refused));
        old.flatMap(_ -> begun).ifPresent(it -> etags.putAll(it.etags()));
        Parts parts = old.orElse(given);
        memory.begin(oid, parts.action(), etags);
        etags.keySet().forEach(part -> {
            arrived.addAndGet(length(file, parts, part));
            progress.skipped(length(file, parts, part));
        });
        List<Integer> missing = IntStream.rangeClosed(1, parts.uris().size())
                .boxed()
                .filter(part -> !etags.containsKey(part))
                .toList();
        Lanes.each(http.connections(), missing, part -> {
            String what = "send part " + part + " of " + parts.uris().size() + " of " + file.path();
            URI uri = http.permitted(
                    what, parts.uris().get(part - 1), http.endpoint().base());
            long start = (part - 1) * parts.size();
            Answer answer =
                    http.send(Call.put(what, uri, Map.of(), file.slice(start, length(file, parts, part))), progress);
            String etag =
                    answer.headers().firstValue("ETag").orElseThrow(() -> answer.malformed(what, "without an ETag"));
            etags.put(part, etag);
            memory.arrived(oid, part, etag);
            arrived.addAndGet(length(file, parts, part));
            progress.tell();
        });
        file.requireUnchanged();
        complete(file, oid, parts.action(), etags);
    }

    private static long length(SourceFile file, Parts parts, int part) {
        return Math.min(parts.size(), file.size() - (part - 1) * parts.size());
    }

    /// What was begun before goes on: with new addresses if they are for the same upload, otherwise with the old
    /// ones.
    private Optional<Parts> recalled(SourceFile file, LfsObject.Action now, UploadMemory.Begun begun, boolean refused) {
        LfsObject.Action old = begun.action();
        boolean same = old.href().equals(now.href());
        if (refused && !same) {
            return Optional.empty();
        }
        try {
            http.permitted("go on", old.href().toString(), http.endpoint().base());
            return parts(file, same ? now : old)
                    .filter(parts -> begun.etags().keySet().stream()
                            .allMatch(part -> part >= 1 && part <= parts.uris().size()));
        } catch (Hub e) {
            return Optional.empty(); // somebody has changed what was remembered
        }
    }

    private void complete(SourceFile file, String oid, LfsObject.Action action, SortedMap<Integer, String> etags) {
        ObjectNode body = JSON.createObjectNode().put("oid", oid);
        ArrayNode parts = body.putArray("parts");
        etags.forEach((part, etag) -> parts.addObject().put("partNumber", part).put("etag", etag));
        String what = "put the parts of " + file.path() + " together";
        Call call = Call.post(what, action.href(), Call.LFS, Content.of(body.toString()))
                .authorized(false);
        Answer answer = http.ask(call, progress);
        if (!answer.isGood()) {
            if (!answer.isPassing()) {
                memory.forget(oid); // these parts are no whole
            }
            throw http.refusal(call, answer);
        }
    }

    /// The only one of these requests that may need the token, when it goes to the hub itself.
    private void verify(SourceFile file, String oid, LfsObject.Action action) {
        ObjectNode body = JSON.createObjectNode().put("oid", oid).put("size", file.size());
        Call call = Call.post("verify " + file.path(), action.href(), Call.LFS, Content.of(body.toString()));
        Map<String, String> headers = new HashMap<>(call.headers());
        headers.putAll(action.header());
        http.send(call.to(action.href(), headers).authorized(http.endpoint().owns(action.href())), progress);
    }
}
