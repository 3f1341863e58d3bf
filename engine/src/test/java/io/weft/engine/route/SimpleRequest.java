package io.weft.engine.route;

import io.weft.engine.match.RequestView;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request to a.example. */
record SimpleRequest(String method, String path, Map<String, String> headers) implements RequestView {
    static SimpleRequest get(String path) {
        return new SimpleRequest("GET", path, Map.of());
    }

    @Override
    public String scheme() {
        return "http";
    }

    @Override
    public String authority() {
        return "a.example";
    }

    @Override
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    @Override
    public boolean isConnect() {
        return method.equals("CONNECT");
    }
}
