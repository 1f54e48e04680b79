package io.vlm4j.hub.internal;

import io.vlm4j.Vlm4jException.Hub;
import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The hub's side of a push, one method for each thing that it is asked.
///
/// @param revision the branch
record HubApi(HubHttp http, RepoName repo, String revision, Progress progress) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String CONFLICT = "another conflicting operation";
    private static final int FILES_A_REQUEST = 256;

    /// How a file is stored.
    ///
    /// @param large  by LFS
    /// @param ignore the repository's `.gitignore` keeps it out
    /// @param known  what the file is now known by there, if it is
    record Mode(boolean large, boolean ignore, Optional<String> known) {}

    /// @throws Hub when it is not there and may not be made
    void createRepository(boolean hidden) {
        ObjectNode body = JSON.createObjectNode()
                .put("type", "model")
                .put("name", repo.name())
                .put("organization", repo.owner());
        if (hidden) {
            body.put("private", true); // otherwise what is usual for the owner
        }
        Call call = post("create " + repo, "/api/repos/create", body);
        Answer answer = http.ask(call, progress);
        for (int retry = 0;
                answer.status() == 409 && answer.body().contains(CONFLICT) && retry < http.retries();
                retry++) {
            Pause.of(http.delay(retry)); // one is being made for the same owner at this moment
            answer = http.ask(call, progress);
        }
        boolean there =
                answer.isGood() || (answer.status() == 409 && !answer.body().contains(CONFLICT));
        // a token may be good for one repository, and not for making others
        if (!there && !(answer.status() == 403 && isRepository())) {
            throw http.refusal(call, answer);
        }
    }

    private boolean isRepository() {
        return http.ask(Call.get("find " + repo, at("/api/models/" + repo)), progress)
                .isGood();
    }

    void createBranch() {
        Call call = post(
                "make the branch " + revision + " of " + repo,
                "/api/models/" + repo + "/branch/" + Endpoint.quoted(revision),
                JSON.createObjectNode());
        Answer answer = http.ask(call, progress);
        if (!answer.isGood() && answer.status() != 409) {
            throw http.refusal(call, answer);
        }
    }

    /// By the files' paths.
    Map<String, Mode> modes(List<SourceFile> files) {
        Map<String, Mode> modes = new HashMap<>();
        for (List<SourceFile> some : pieces(files)) {
            ObjectNode body = JSON.createObjectNode();
            ArrayNode list = body.putArray("files");
            for (SourceFile file : some) {
                list.addObject()
                        .put("path", file.path())
                        .put("sample", Base64.getEncoder().encodeToString(file.sample()))
                        .put("size", file.size());
            }
            String what = "ask " + repo + " how to send the files";
            Answer answer = http.send(post(what, path("preupload"), body), progress);
            for (JsonNode file : answer.json(what).path("files")) {
                modes.put(file.path("path").asString(""), mode(file));
            }
            for (SourceFile file : some) {
                if (!modes.containsKey(file.path())) {
                    throw answer.malformed(what, "without " + file.path());
                }
            }
        }
        return modes;
    }

    private static Mode mode(JsonNode file) {
        return new Mode(
                file.path("uploadMode").asString("").equals("lfs"),
                file.path("shouldIgnore").asBoolean(false),
                Optional.ofNullable(file.path("oid").asString(null)));
    }

    /// By the files' sums.
    Map<String, LfsObject> objects(List<SourceFile> files) {
        Map<String, LfsObject> objects = new HashMap<>();
        for (List<SourceFile> some : pieces(files)) {
            ObjectNode body = JSON.createObjectNode().put("operation", "upload").put("hash_algo", "sha256");
            body.putArray("transfers").add("basic").add("multipart");
            body.putObject("ref").put("name", revision);
            ArrayNode list = body.putArray("objects");
            Map<String, String> paths = new HashMap<>();
            for (SourceFile file : some) {
                String oid = file.sha256();
                if (paths.put(oid, file.path()) == null) {
                    list.addObject().put("oid", oid).put("size", file.size());
                }
            }
            String what = "ask " + repo + " where large files go";
            URI uri = at("/" + repo + ".git/info/lfs/objects/batch");
            Answer answer = http.send(Call.post(what, uri, Call.LFS, Content.of(body.toString())), progress);
            for (JsonNode object : answer.json(what).path("objects")) {
                String oid = object.path("oid").asString("");
                objects.put(oid, object(object, uri, "send " + paths.getOrDefault(oid, oid)));
            }
            if (!objects.keySet().containsAll(paths.keySet())) {
                throw answer.malformed(what, "without some of the files");
            }
        }
        return objects;
    }

    private LfsObject object(JsonNode object, URI from, String what) {
        JsonNode error = object.path("error");
        if (error.isObject()) {
            throw http.refusal(
                    what, error.path("code").asInt(0), error.path("message").asString(""));
        }
        JsonNode actions = object.path("actions");
        return new LfsObject(action(actions.path("upload"), from, what), action(actions.path("verify"), from, what));
    }

    private Optional<LfsObject.Action> action(JsonNode action, URI from, String what) {
        if (!action.isObject()) {
            return Optional.empty();
        }
        Map<String, String> header = new HashMap<>();
        action.path("header")
                .properties()
                .forEach(entry -> header.put(entry.getKey(), entry.getValue().asString("")));
        return Optional.of(
                new LfsObject.Action(http.permitted(what, action.path("href").asString(""), from), header));
    }

    /// @return empty when nobody knows whether the commit was made
    Optional<String> commit(Content operations, boolean last) {
        String what = "commit to " + repo;
        Call call = Call.post(what, at(path("commit")), "application/x-ndjson", operations)
                .once();
        Answer answer;
        try {
            answer = http.ask(call, progress);
        } catch (Hub e) {
            if (last || e.status() != 0 || e.reason() != Hub.Reason.UNAVAILABLE) {
                throw e;
            }
            return Optional.empty();
        }
        if (answer.isGood()) {
            return Optional.of(answer.json(what).path("commitOid").asString(""));
        }
        // 412: somebody else made a commit at the same time
        if (!last && ((answer.isPassing() && !answer.isBusy()) || answer.status() == 412)) {
            return Optional.empty();
        }
        throw http.refusal(call, answer);
    }

    /// The commit at which the branch stands.
    String head() {
        String what = "look at " + repo;
        return http.send(Call.get(what, at(path("revision"))), progress)
                .json(what)
                .path("sha")
                .asString("");
    }

    URI page() {
        String branch = revision.equals("main") ? "" : "/tree/" + Endpoint.quoted(revision);
        return at("/" + repo + branch);
    }

    private String path(String operation) {
        return "/api/models/" + repo + "/" + operation + "/" + Endpoint.quoted(revision);
    }

    private Call post(String what, String path, ObjectNode body) {
        return Call.post(what, at(path), Call.JSON, Content.of(body.toString()));
    }

    private URI at(String path) {
        return http.endpoint().at(path);
    }

    private static List<List<SourceFile>> pieces(List<SourceFile> files) {
        List<List<SourceFile>> pieces = new ArrayList<>();
        for (int i = 0; i < files.size(); i += FILES_A_REQUEST) {
            pieces.add(files.subList(i, Math.min(files.size(), i + FILES_A_REQUEST)));
        }
        return pieces;
    }
}
