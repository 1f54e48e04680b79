package io.vlm4j.server.internal.json;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// How a client is told what is wrong.
public enum ErrorShape {
    OPENAI {
        @Override
        public ObjectNode body(Fault fault) {
            ObjectNode error = Json.object();
            error.putObject("error")
                    .put("message", fault.text())
                    .put("type", type(fault.status()))
                    .put("param", fault.parameter().orElse(null))
                    .put("code", fault.code().orElse(null));
            return error;
        }

        private static String type(int status) {
            return switch (status) {
                case 401 -> "authentication_error";
                case 403 -> "permission_error";
                case 404 -> "not_found_error";
                case 429 -> "rate_limit_error";
                case 501 -> "not_supported_error";
                case 503 -> "unavailable_error";
                default -> status < 500 ? "invalid_request_error" : "server_error";
            };
        }
    },

    ANTHROPIC {
        @Override
        public ObjectNode body(Fault fault) {
            ObjectNode body = Json.object().put("type", "error");
            body.putObject("error").put("type", type(fault.status())).put("message", fault.text());
            return body;
        }

        private static String type(int status) {
            return switch (status) {
                case 401 -> "authentication_error";
                case 403 -> "permission_error";
                case 404 -> "not_found_error";
                case 413 -> "request_too_large";
                case 429 -> "rate_limit_error";
                case 503 -> "overloaded_error";
                default -> status < 500 ? "invalid_request_error" : "api_error";
            };
        }
    };

    public abstract ObjectNode body(Fault fault);

    /// The shape that clients of this path expect.
    public static ErrorShape ofPath(Optional<String> path) {
        return path.filter(p -> p.contains("/v1/messages")).isPresent() ? ANTHROPIC : OPENAI;
    }
}
