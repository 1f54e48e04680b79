package io.vlm4j.server.internal;

import io.vlm4j.server.ServerOptions;
import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.Front;
import io.vlm4j.server.internal.http.Head;
import io.vlm4j.server.internal.json.ErrorShape;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.json.Json;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides by a request's head who may ask what, and tells the log of all that was asked.
final class Entrance implements Front {
    private static final Logger ACCESS = LoggerFactory.getLogger("io.vlm4j.server.access");
    private static final Pattern SANE_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern UNSEEN = Pattern.compile("\\p{Cntrl}|[\\x{80}-\\x{9f}\\x{2028}\\x{2029}]");
    private static final int LONGEST_LOGGED = 200;
    private static final String NONE = "none";

    private final ServerOptions options;
    private final Routes routes;
    private final Figures figures;
    private final HostNames hosts;
    private final CrossOrigin crossOrigin;
    private volatile boolean draining;

    Entrance(ServerOptions options, Routes routes, Figures figures) {
        this.options = options;
        this.routes = routes;
        this.figures = figures;
        this.hosts = HostNames.of(options);
        this.crossOrigin = new CrossOrigin(options.origins());
    }

    /// Nothing new from now on.
    void drain() {
        draining = true;
    }

    @Override
    public Admission admit(Head head) {
        if (!hosts.allow(head)) {
            return refuse(head, NONE, Fault.of(403, "host_not_allowed", HostNames.refusal(head), null));
        }
        Collection<String> methods = routes.methods(head.path());
        if (methods.isEmpty()) {
            return refuse(head, NONE, Fault.of(404, "there is nothing at " + head.path()));
        }
        if (head.method().equals("OPTIONS")) {
            return new Admission.Refused("options", crossOrigin.preflight(head, methods));
        }
        Optional<Routes.Route> found = routes.find(head.method(), head.path());
        if (found.isEmpty()) {
            Fault fault =
                    Fault.of(405, head.path() + " takes " + String.join(", ", methods) + ", not " + head.method());
            return new Admission.Refused(NONE, answer(head, fault).with("allow", String.join(", ", methods)));
        }
        Routes.Route route = found.get();
        if (!route.open() && !options.keys().isEmpty() && key(head).isEmpty()) {
            Fault fault = Fault.of(401, "invalid_api_key", missingKey(head), null);
            return new Admission.Refused(route.name(), answer(head, fault).with("www-authenticate", "Bearer"));
        }
        if (draining) {
            return refuse(head, route.name(), Fault.busy("the server is going away", 5, null));
        }
        Optional<Fault> wrongBody = wrongBody(head, route);
        if (wrongBody.isPresent()) {
            return refuse(head, route.name(), wrongBody.get());
        }
        return new Admission.Admitted(
                route.name(), route.isJson() ? options.limits().bodyBytes() : 0, route.action());
    }

    private Admission refuse(Head head, String route, Fault fault) {
        return new Admission.Refused(route, answer(head, fault));
    }

    /// A page of another site may send anything but JSON without asking first.
    private static Optional<Fault> wrongBody(Head head, Routes.Route route) {
        if (!route.isJson()) {
            return Optional.empty();
        }
        if (head.header("content-encoding")
                .filter(coding -> !coding.equalsIgnoreCase("identity"))
                .isPresent()) {
            return Optional.of(Fault.of(415, "compressed requests are not taken"));
        }
        String type = head.header("content-type").orElse(head.header("origin").isPresent() ? "nothing" : "");
        String plain = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        boolean json = plain.isEmpty() || plain.equals("application/json") || plain.endsWith("+json");
        return json
                ? Optional.empty()
                : Optional.of(Fault.of(415, "the request's content type must be application/json, not " + plain));
    }

    private OptionalInt key(Head head) {
        return given(head).map(options.keys()::find).orElse(OptionalInt.empty());
    }

    /// As OpenAI's clients send it, or as Anthropic's do.
    private static Optional<String> given(Head head) {
        return head.header("authorization")
                .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
                .map(value -> value.substring(7).strip())
                .or(() -> head.header("x-api-key"));
    }

    private static String missingKey(Head head) {
        return given(head).isPresent() ? "the API key is wrong" : "an API key is needed (Authorization: Bearer ...)";
    }

    /// Whom a request is for, as far as fairness between them is concerned.
    String caller(Head head) {
        OptionalInt key = options.keys().isEmpty() ? OptionalInt.empty() : key(head);
        return key.isPresent() ? "key " + key.getAsInt() : head.client();
    }

    @Override
    public Answer fault(@Nullable Head head, int status, String message) {
        return answer(head, Fault.of(status, message));
    }

    @Override
    public Answer failure(Head head, Throwable failure) {
        return answer(head, Faults.of(failure, id(head)));
    }

    private static Answer answer(@Nullable Head head, Fault fault) {
        ErrorShape shape = ErrorShape.ofPath(Optional.ofNullable(head).map(Head::path));
        Answer answer = Answer.json(fault.status(), Json.bytes(shape.body(fault)));
        return fault.retryAfter() > 0 ? answer.with("retry-after", Integer.toString(fault.retryAfter())) : answer;
    }

    @Override
    public Map<String, String> headers(Head head, String id) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("x-request-id", id);
        headers.put("x-content-type-options", "nosniff");
        headers.putAll(crossOrigin.headers(head));
        return headers;
    }

    @Override
    public String id(@Nullable Head head) {
        return Optional.ofNullable(head)
                .flatMap(known -> known.header("x-request-id"))
                .filter(id -> SANE_ID.matcher(id).matches())
                .orElseGet(() -> Long.toHexString(ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE));
    }

    @Override
    public void done(Done done) {
        figures.request(done);
        if (ACCESS.isInfoEnabled()) {
            String path =
                    done.path().length() > LONGEST_LOGGED ? done.path().substring(0, LONGEST_LOGGED) : done.path();
            ACCESS.info(
                    "{} {} {} {}{} {} ms {}",
                    done.client(),
                    done.method(),
                    UNSEEN.matcher(path).replaceAll("?"),
                    done.status(),
                    done.gone() ? " (gone)" : "",
                    done.time().toMillis(),
                    done.id());
        }
    }
}
