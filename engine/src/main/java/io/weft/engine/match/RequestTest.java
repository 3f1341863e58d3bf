package io.weft.engine.match;

import com.google.re2j.Pattern;
import io.weft.engine.config.RouteMatch;
import io.weft.engine.config.RouteMatch.HeaderMatch;
import io.weft.engine.config.RouteMatch.HeaderTest;
import io.weft.engine.config.RouteMatch.QueryMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A compiled {@link RouteMatch}. Answers null where the request matches, else which part did not: explanations and the hot path share it. */
public final class RequestTest {
    /** Why a request did not match. */
    public enum Miss {
        PATH,
        HEADER,
        QUERY,
        NOT_GRPC
    }

    private final PathTest path;
    private final boolean grpc;
    private final List<CompiledHeader> headers;
    private final List<CompiledQuery> query;

    public RequestTest(RouteMatch match) {
        path = PathTest.compile(match.path(), match.caseSensitive());
        grpc = match.grpc();
        headers = match.headers().stream().map(CompiledHeader::new).toList();
        query = match.query().stream().map(CompiledQuery::new).toList();
    }

    /** Null where the request matches. */
    public @Nullable Miss miss(RequestView request) {
        String target = request.path();
        int question = target.indexOf('?');
        int pathEnd = question < 0 ? target.length() : question;
        if (!path.test(request, target, pathEnd)) {
            return Miss.PATH;
        }
        if (grpc && !isGrpc(request)) {
            return Miss.NOT_GRPC;
        }
        for (int i = 0; i < headers.size(); i++) {
            if (!headers.get(i).test(request)) {
                return Miss.HEADER;
            }
        }
        for (int i = 0; i < query.size(); i++) {
            if (!query.get(i).test(question < 0 ? "" : target.substring(question + 1))) {
                return Miss.QUERY;
            }
        }
        return null;
    }

    /** Content types {@code application/grpc} and {@code application/grpc+...} (gRPC over HTTP/2, requests). */
    public static boolean isGrpc(RequestView request) {
        return isGrpcContentType(request.header("content-type"));
    }

    /** Content types {@code application/grpc} and {@code application/grpc+...}. */
    public static boolean isGrpcContentType(@Nullable String type) {
        return type != null
                && type.startsWith("application/grpc")
                && (type.length() == 16 || type.charAt(16) == '+' || type.charAt(16) == ';');
    }

    private interface PathTest {
        boolean test(RequestView request, String target, int pathEnd);

        static PathTest compile(RouteMatch.Path path, boolean caseSensitive) {
            boolean ignoreCase = !caseSensitive;
            return switch (path) {
                case RouteMatch.Path.Prefix(String value) ->
                    (request, target, pathEnd) -> !isPlainConnect(request)
                            && pathEnd >= value.length()
                            && target.regionMatches(ignoreCase, 0, value, 0, value.length());
                case RouteMatch.Path.Exact(String value) ->
                    (request, target, pathEnd) -> !isPlainConnect(request)
                            && pathEnd == value.length()
                            && target.regionMatches(ignoreCase, 0, value, 0, value.length());
                case RouteMatch.Path.SeparatedPrefix(String value) ->
                    (request, target, pathEnd) -> !isPlainConnect(request)
                            && pathEnd >= value.length()
                            && target.regionMatches(ignoreCase, 0, value, 0, value.length())
                            && (pathEnd == value.length() || target.charAt(value.length()) == '/');
                case RouteMatch.Path.Regex(String pattern) -> {
                    Pattern compiled = Pattern.compile(pattern);
                    yield (request, target, pathEnd) ->
                            !isPlainConnect(request) && compiled.matches(target.substring(0, pathEnd));
                }
                case RouteMatch.Path.Connect() -> (request, target, pathEnd) -> request.isConnect();
            };
        }

        private static boolean isPlainConnect(RequestView request) {
            return request.isConnect() && request.path().isEmpty();
        }
    }

    private static final class CompiledHeader {
        private final HeaderMatch match;
        private final @Nullable StringTest text;

        CompiledHeader(HeaderMatch match) {
            this.match = match;
            this.text = match.test() instanceof HeaderTest.Text(var matcher) ? StringTest.compile(matcher) : null;
        }

        boolean test(RequestView request) {
            boolean isThere = has(request, match.name());
            if (match.test() instanceof HeaderTest.Present(boolean present)) {
                return (isThere == present) != match.invert();
            }
            // As Envoy: a header that is not there passes no test of its value, not even an inverted one.
            return (isThere || match.missingIsEmpty()) && anyPasses(request) != match.invert();
        }

        private boolean passes(String value) {
            return switch (match.test()) {
                case HeaderTest.Present(boolean present) -> present;
                case HeaderTest.Text _ -> text != null && text.test(value);
                case HeaderTest.Range range -> inRange(value, range);
            };
        }

        private boolean anyPasses(RequestView request) {
            String pseudo = pseudoHeader(request, match.name());
            if (pseudo != null) {
                return passes(pseudo);
            }
            String name = match.name();
            return request.anyValue(name, this::passes) || (request.header(name) == null && passes(""));
        }

        private static boolean has(RequestView request, String name) {
            return pseudoHeader(request, name) != null || request.header(name) != null;
        }

        private static boolean inRange(String value, HeaderTest.Range range) {
            try {
                long number = Long.parseLong(value);
                return number >= range.start() && number < range.end();
            } catch (NumberFormatException e) {
                return false;
            }
        }

        private static @Nullable String pseudoHeader(RequestView request, String name) {
            return switch (name) {
                case ":method" -> request.method();
                case ":path" -> request.path();
                case ":authority", "host" -> request.authority();
                case ":scheme" -> request.scheme();
                default -> null;
            };
        }
    }

    private static final class CompiledQuery {
        private final String name;
        private final @Nullable StringTest text;

        CompiledQuery(QueryMatch match) {
            name = match.name();
            text = switch (match) {
                case QueryMatch.Present _ -> null;
                case QueryMatch.Text(String _, var matcher) -> StringTest.compile(matcher);
            };
        }

        boolean test(String query) {
            String value = QueryString.first(query, name);
            return value != null && (text == null || text.test(value));
        }
    }
}
