package io.vlm4j.server.internal;

import io.vlm4j.server.internal.http.Admission;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// What is where.
public final class Routes {
    /// @param name   in figures and logs
    /// @param open   whether it is there for those without a key
    /// @param isJson whether the body must be JSON; without a body otherwise
    public record Route(String name, boolean open, boolean isJson, Admission.Action action) {}

    private final Map<String, Map<String, Route>> byPath = new LinkedHashMap<>();
    private final String prefix;
    private final Optional<Page> page;

    Routes(String prefix, Optional<Page> page) {
        this.prefix = prefix;
        this.page = page;
    }

    /// Takes JSON at these paths, the first of which is its name.
    public void post(Admission.Action action, String... paths) {
        add("POST", false, true, action, paths);
    }

    public void get(Admission.Action action, String... paths) {
        add("GET", false, false, action, paths);
    }

    /// There for everybody.
    public void open(Admission.Action action, String... paths) {
        add("GET", true, false, action, paths);
    }

    private void add(String method, boolean open, boolean json, Admission.Action action, String... paths) {
        for (String path : paths) {
            byPath.computeIfAbsent(prefix + path, _ -> new LinkedHashMap<>())
                    .put(method, new Route(paths[0], open, json, action));
        }
    }

    /// The route of a request; a `HEAD` is answered as `GET` without a body.
    public Optional<Route> find(String method, String path) {
        Map<String, Route> here = at(path);
        return Optional.ofNullable(here.get(method.equals("HEAD") ? "GET" : method));
    }

    private Map<String, Route> at(String path) {
        Map<String, Route> here = byPath.get(path);
        if (here != null) {
            return here;
        }
        if (page.isEmpty() || !path.startsWith(prefix + "/")) {
            return Map.of();
        }
        String rest = path.substring(prefix.length() + 1);
        String name = rest.isEmpty() ? "index.html" : rest;
        return page.get().has(name)
                ? Map.of("GET", new Route("page", true, false, page.get().action(name)))
                : Map.of();
    }

    /// The methods that a path has; none when there is no such path.
    public Collection<String> methods(String path) {
        TreeSet<String> methods = new TreeSet<>(at(path).keySet());
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        if (!methods.isEmpty()) {
            methods.add("OPTIONS");
        }
        return methods;
    }
}
