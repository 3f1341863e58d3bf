package io.weft.proxy.codec;

import io.weft.engine.match.RequestView;
import io.weft.proxy.telemetry.RequestRecord;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request, without regard to the version of HTTP. Framing and hop-by-hop fields (Connection and what it names,
 * Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade, HTTP2-Settings, TE except {@code trailers}) are not among the headers: a codec takes
 * them away and writes its own. Content-Length stays where the client sent one. Host is {@link #authority}.
 */
public final class RequestHead implements RequestView, RequestRecord.HeaderSource {
    private String method;
    private String scheme;
    private String authority;
    private String path;
    private final Headers headers;
    private final @Nullable String upgrade;
    private final boolean expectsContinue;

    /**
     * @param method as sent
     * @param scheme {@code http} or {@code https}: how the client reached this proxy, or what an absolute-form target says
     * @param authority host and port as sent, from Host, {@code :authority} or an absolute-form target; empty only in HTTP/1.0
     * @param path with its query; {@code *} for OPTIONS; empty for CONNECT
     * @param headers all other fields
     * @param upgrade the protocol (lower case) that a request upgrades to: HTTP/1.1 Upgrade or an extended CONNECT (RFC 8441), which a codec turns into
     *     a GET; null: none
     * @param expectsContinue {@code Expect: 100-continue}; the field itself is not among the headers
     */
    public RequestHead(
            String method,
            String scheme,
            String authority,
            String path,
            Headers headers,
            @Nullable String upgrade,
            boolean expectsContinue) {
        this.method = method;
        this.scheme = scheme;
        this.authority = authority;
        this.path = path;
        this.headers = headers;
        this.upgrade = upgrade;
        this.expectsContinue = expectsContinue;
    }

    /** A copy that can be changed apart from this, and outlasts it. */
    public RequestHead copy() {
        return new RequestHead(method, scheme, authority, path, new Headers(headers), upgrade, expectsContinue);
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String scheme() {
        return scheme;
    }

    @Override
    public String authority() {
        return authority;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public @Nullable String header(String name) {
        return headers.joined(name);
    }

    @Override
    public boolean anyValue(String name, Predicate<String> test) {
        return headers.anyValue(name, test);
    }

    public Headers headers() {
        return headers;
    }

    public @Nullable String upgrade() {
        return upgrade;
    }

    /** As access logs name them. */
    @Override
    public @Nullable String get(String name) {
        return switch (name) {
            case ":method" -> method;
            case ":authority", "host" -> authority;
            case ":path" -> path;
            case ":scheme" -> scheme;
            case "user-agent" -> {
                String first = headers.common(name);
                yield first == null ? null : headers.joined(name);
            }
            default -> headers.joined(name);
        };
    }

    @Override
    public RequestHead lasting() {
        return copy();
    }

    @Override
    public long retainedBytes() {
        return headers.retainedBytes();
    }

    public boolean expectsContinue() {
        return expectsContinue;
    }

    @Override
    public boolean isConnect() {
        return method.equals("CONNECT");
    }

    public void method(String newMethod) {
        method = newMethod;
    }

    public void scheme(String newScheme) {
        scheme = newScheme;
    }

    public void authority(String newAuthority) {
        authority = newAuthority;
    }

    public void path(String newPath) {
        path = newPath;
    }
}
