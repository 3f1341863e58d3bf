package io.weft.resource.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happens to a request or a response on its way. */
public sealed interface RouteFilter {
    record RequestHeaderModifier(HeaderChanges changes) implements RouteFilter {}

    record ResponseHeaderModifier(HeaderChanges changes) implements RouteFilter {}

    /**
     * A filter of Gateway API that Weft does not carry out yet. Gateway API forbids to pass such a request on as if nothing were asked: the
     * rule answers 500.
     *
     * @param type for example {@code URLRewrite}
     * @param json the filter as written, as canonical JSON
     */
    record Other(String type, String json) implements RouteFilter {}

    /**
     * Answers with a redirect.
     *
     * @param scheme empty: the request's
     * @param hostname empty: the request's
     * @param path null: it stays
     * @param port 0: that of the scheme, or the request's where the scheme stays
     * @param status 301, 302, 303, 307 or 308
     */
    record RequestRedirect(
            String scheme, String hostname, @Nullable PathChange path, int port, int status) implements RouteFilter {}

    /**
     * Changes where a request seems to go to.
     *
     * @param hostname empty: it stays
     * @param path null: it stays
     */
    record UrlRewrite(String hostname, @Nullable PathChange path) implements RouteFilter {}

    /** What becomes of a path. */
    sealed interface PathChange {
        /** All of it is replaced; the query stays. */
        record Full(String replacement) implements PathChange {}

        /** The prefix that matched is replaced, element by element. */
        record Prefix(String replacement) implements PathChange {}
    }

    /**
     * @param set headers that replace those of the same name
     * @param add headers that stand beside those of the same name
     * @param remove names of headers to drop
     */
    record HeaderChanges(List<HeaderValue> set, List<HeaderValue> add, List<String> remove) {
        public HeaderChanges {
            set = List.copyOf(set);
            add = List.copyOf(add);
            remove = List.copyOf(remove);
        }
    }

    record HeaderValue(String name, String value) {
        public HeaderValue {
            Require.that(!name.isEmpty(), "name", name, "the name of a header");
        }
    }
}
