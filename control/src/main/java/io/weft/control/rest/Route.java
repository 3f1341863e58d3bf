package io.weft.control.rest;

import java.util.List;
import java.util.Optional;

/**
 * One operation of the API.
 *
 * @param method GET, POST, DELETE
 * @param path below {@code /api/v1}; a segment in braces is a parameter: {@code /proxies/{id}}
 * @param summary for the OpenAPI document
 * @param parameters the query parameters that it takes; any other one is an error
 * @param body what the request's body holds
 * @param response the record that the answer's JSON is made from, or Object where it is free
 * @param open whether it answers without a token
 */
record Route(
        String method,
        String path,
        String summary,
        List<Parameter> parameters,
        Body body,
        Class<?> response,
        boolean open,
        Handler handler) {

    Route {
        parameters = List.copyOf(parameters);
    }

    static Route get(String path, String summary, Class<?> response, Handler handler, Parameter... parameters) {
        return new Route("GET", path, summary, List.of(parameters), new Body.None(), response, false, handler);
    }

    static Route delete(String path, String summary, Class<?> response, Handler handler, Parameter... parameters) {
        return new Route("DELETE", path, summary, List.of(parameters), new Body.None(), response, false, handler);
    }

    static Route post(
            String path, String summary, Body body, Class<?> response, Handler handler, Parameter... parameters) {
        return new Route("POST", path, summary, List.of(parameters), body, response, false, handler);
    }

    /** Answers without a token: for load balancers and start scripts. */
    Route withoutToken() {
        return new Route(method, path, summary, parameters, body, response, true, handler);
    }

    List<String> segments() {
        return List.of(path.substring(1).split("/", -1));
    }

    /** The name of the parameter that a segment of {@link #path} stands for. */
    static Optional<String> parameterName(String segment) {
        return segment.startsWith("{") && segment.endsWith("}")
                ? Optional.of(segment.substring(1, segment.length() - 1))
                : Optional.empty();
    }

    @FunctionalInterface
    interface Handler {
        /**
         * Runs on a virtual thread and may block.
         *
         * @throws ProblemException where the answer is a problem
         * @throws Exception where the control plane failed: answered with 500 and logged
         */
        ApiResponse handle(ApiRequest request) throws Exception;
    }

    /**
     * @param description with the default and the range
     */
    record Parameter(String name, Type type, String description) {
        enum Type {
            STRING,
            INTEGER,
            BOOLEAN
        }

        static Parameter string(String name, String description) {
            return new Parameter(name, Type.STRING, description);
        }

        static Parameter integer(String name, String description) {
            return new Parameter(name, Type.INTEGER, description);
        }

        static Parameter flag(String name, String description) {
            return new Parameter(name, Type.BOOLEAN, description);
        }
    }

    /** What a request's body may be. */
    sealed interface Body {
        record None() implements Body {}

        /** A JSON object, read strictly into a record. */
        record Json(Class<?> type) implements Body {}

        /** YAML or JSON documents as a user wrote them, or {@code type} as JSON. */
        record Documents(Class<?> type) implements Body {}
    }
}
