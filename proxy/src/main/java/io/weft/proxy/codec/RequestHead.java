package io.weft.proxy.codec;

import org.jspecify.annotations.Nullable;

/**
 * The head of a request, without regard to the version of HTTP. Framing and hop-by-hop fields (Connection and what it names,
 * Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade, HTTP2-Settings, TE except {@code trailers}) are not among the headers: a codec takes
 * them away and writes its own. Content-Length stays where the client sent one. Host is {@link #authority}.
 */
public final class RequestHead {
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

    public String method() {
        return method;
    }

    public String scheme() {
        return scheme;
    }

    public String authority() {
        return authority;
    }

    public String path() {
        return path;
    }

    public Headers headers() {
        return headers;
    }

    public @Nullable String upgrade() {
        return upgrade;
    }

    public boolean expectsContinue() {
        return expectsContinue;
    }

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
