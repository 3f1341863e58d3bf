package io.weft.control.rest;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Finds the route of a request. */
final class Router {
    static final String PREFIX = "/api/v1";

    private final List<Route> routes;

    Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    List<Route> routes() {
        return routes;
    }

    /**
     * @param parameters what the segments in braces stand for, decoded
     */
    record Match(Route route, Map<String, String> parameters) {}

    /**
     * @param rawPath as it was sent, encoded
     * @throws ProblemException 404 where no route has the path, 405 where one has, but not with the method
     */
    Match match(String method, String rawPath) throws ProblemException {
        if (!rawPath.startsWith(PREFIX + "/")) {
            throw new ProblemException(
                    Problem.Kind.NOT_FOUND,
                    "there is nothing at " + rawPath + ": the API begins at " + PREFIX + "/, see " + PREFIX
                            + "/openapi.json");
        }
        List<String> segments = decode(rawPath.substring(PREFIX.length() + 1));
        TreeSet<String> methods = new TreeSet<>();
        for (Route route : routes) {
            Optional<Map<String, String>> parameters = fit(route.segments(), segments);
            if (parameters.isPresent()) {
                if (route.method().equals(method)) {
                    return new Match(route, parameters.get());
                }
                methods.add(route.method());
            }
        }
        if (!methods.isEmpty()) {
            throw new ProblemException(
                    Problem.Kind.METHOD,
                    rawPath + " does not take " + method + ": expected " + String.join(" or ", methods));
        }
        throw new ProblemException(
                Problem.Kind.NOT_FOUND, "there is nothing at " + rawPath + ": see " + PREFIX + "/openapi.json");
    }

    private static List<String> decode(String rawPath) throws ProblemException {
        List<String> segments = new ArrayList<>();
        try {
            for (String segment : rawPath.split("/", -1)) {
                // A plus stands for itself in a path; the JDK's decoder is one for forms.
                segments.add(URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8));
            }
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.Kind.MALFORMED, "the path cannot be decoded: " + e.getMessage());
        }
        return segments;
    }

    private static Optional<Map<String, String>> fit(List<String> template, List<String> segments) {
        if (template.size() != segments.size()) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < template.size(); i++) {
            String value = segments.get(i);
            Optional<String> name = Route.parameterName(template.get(i));
            if (name.isPresent()) {
                if (value.isEmpty()) {
                    return Optional.empty();
                }
                parameters.put(name.get(), value);
            } else if (!template.get(i).equals(value)) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }
}
