package io.weft.resource.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gateway API's HTTPRoute.
 *
 * @param hostnames for a parent Gateway; without meaning for a parent Service
 * @param rules at least one: a document without rules has one that matches everything
 */
public record HttpRoute(Metadata metadata, List<ParentReference> parentRefs, List<String> hostnames, List<Rule> rules)
        implements Resource {
    public HttpRoute {
        parentRefs = List.copyOf(parentRefs);
        hostnames = List.copyOf(hostnames);
        rules = List.copyOf(rules);
        Require.that(!rules.isEmpty(), "rules", rules, "at least one rule");
    }

    /**
     * @param name empty where it has none
     * @param matches one of them must hold; at least one
     * @param backendRefs none: the rule answers 500, unless a filter answers
     */
    public record Rule(
            String name,
            List<Match> matches,
            List<RouteFilter> filters,
            List<BackendReference> backendRefs,
            Timeouts timeouts,
            @Nullable Retry retry) {
        public Rule {
            matches = List.copyOf(matches);
            filters = List.copyOf(filters);
            backendRefs = List.copyOf(backendRefs);
            Require.that(!matches.isEmpty(), "matches", matches, "at least one match");
        }
    }

    /**
     * All of it must hold.
     *
     * @param method for example {@code GET}; empty: any
     */
    public record Match(PathMatch path, String method, List<ValueMatch> headers, List<ValueMatch> queryParams) {
        /** What a rule without matches has. */
        public static final Match EVERYTHING =
                new Match(new PathMatch(PathMatch.Type.PATH_PREFIX, "/"), "", List.of(), List.of());

        public Match {
            headers = List.copyOf(headers);
            queryParams = List.copyOf(queryParams);
        }
    }

    /** A prefix is compared segment by segment: {@code /abc} holds for {@code /abc} and {@code /abc/d}, not for {@code /abcd}. */
    public record PathMatch(Type type, String value) {
        public PathMatch {
            Require.that(
                    type == Type.REGULAR_EXPRESSION || value.startsWith("/"),
                    "value",
                    value,
                    "a path that begins with '/'");
        }

        /** How the path is compared. */
        public enum Type {
            EXACT("Exact"),
            PATH_PREFIX("PathPrefix"),
            /** RE2 syntax, the whole path. */
            REGULAR_EXPRESSION("RegularExpression");

            private final String wireName;

            Type(String wireName) {
                this.wireName = wireName;
            }

            /** As documents write it. */
            public String wireName() {
                return wireName;
            }
        }
    }

    /**
     * @param request for the whole request with all its attempts; null: not said; zero: none
     * @param backendRequest for one attempt; null: not said; zero: none
     */
    public record Timeouts(
            @Nullable Duration request, @Nullable Duration backendRequest) {
        public static final Timeouts UNSET = new Timeouts(null, null);

        public Timeouts {
            Require.notNegative("request", request);
            Require.notNegative("backendRequest", backendRequest);
        }
    }

    /**
     * @param codes status codes that are retried, 400 to 599
     * @param attempts how often at most, beside the first try
     * @param backoff the least pause before a retry; null: not said
     */
    public record Retry(
            List<Integer> codes, int attempts, @Nullable Duration backoff) {
        public Retry {
            codes = List.copyOf(codes);
            codes.forEach(code -> Require.range("codes", code, 400, 599));
            Require.that(attempts >= 0, "attempts", attempts, "0 or more");
            Require.notNegative("backoff", backoff);
        }
    }
}
