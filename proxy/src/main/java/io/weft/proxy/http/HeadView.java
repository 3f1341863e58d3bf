package io.weft.proxy.http;

import io.weft.engine.match.RequestView;
import io.weft.proxy.codec.RequestHead;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What matchers see of a request. */
record HeadView(RequestHead head) implements RequestView {
    @Override
    public String method() {
        return head.method();
    }

    @Override
    public String scheme() {
        return head.scheme();
    }

    @Override
    public String authority() {
        return head.authority();
    }

    @Override
    public String path() {
        return head.path();
    }

    @Override
    public @Nullable String header(String name) {
        return head.headers().joined(name);
    }

    @Override
    public boolean anyValue(String name, Predicate<String> test) {
        return head.headers().anyValue(name, test);
    }

    @Override
    public boolean isConnect() {
        return head.isConnect();
    }
}
