package io.weft.resource.model;

import java.util.List;

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
