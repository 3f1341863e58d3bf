package io.weft.proxy.codec;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns HTTP/2 field sections into heads and back (RFC 9113, section 8). */
final class Http2Heads {
    private static final AsciiString PROTOCOL = AsciiString.cached(":protocol");

    private Http2Heads() {}

    static RequestHead request(Http2Headers fields, int maxHeaders) throws MalformedMessageException {
        String method = text(fields.method());
        String scheme = text(fields.scheme());
        String path = text(fields.path());
        String authority = text(fields.authority());
        String protocol = text(fields.get(PROTOCOL));
        if (method == null || !FieldRules.isToken(method)) {
            throw MalformedMessageException.bad(":method is missing or no token");
        }
        Headers headers = headers(fields, maxHeaders);
        authority = authority(authority, headers);
        boolean connect = method.equals("CONNECT");
        if (connect) {
            // The bytes of a tunnel are no body: an endpoint of HTTP/1.1 must not count them as one.
            headers.remove("content-length");
        }
        if (connect && protocol == null) {
            if (scheme != null || path != null || authority.isEmpty()) {
                throw MalformedMessageException.bad("CONNECT takes :authority alone (RFC 9113, section 8.5)");
            }
            return new RequestHead(method, "http", authority, "", headers, null, false);
        }
        if (scheme == null || path == null) {
            throw MalformedMessageException.bad(":scheme or :path is missing");
        }
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw MalformedMessageException.bad(":scheme is neither http nor https");
        }
        boolean properPath = path.startsWith("/") || (path.equals("*") && method.equals("OPTIONS"));
        if (!properPath || !FieldRules.isTarget(path)) {
            throw MalformedMessageException.bad(":path is no path");
        }
        if (protocol != null) {
            if (!connect || !FieldRules.isToken(protocol)) {
                throw MalformedMessageException.bad(":protocol belongs to CONNECT (RFC 8441, section 4)");
            }
            return new RequestHead("GET", scheme, authority, path, headers, protocol, false);
        }
        boolean expects = "100-continue".equalsIgnoreCase(headers.get("expect"));
        if (expects) {
            headers.remove("expect");
        }
        return new RequestHead(method, scheme, authority, path, headers, null, expects);
    }

    private static String authority(@Nullable String authority, Headers headers) throws MalformedMessageException {
        String host = headers.get("host");
        if (host != null && headers.all("host").size() > 1) {
            throw MalformedMessageException.bad("more than one Host");
        }
        headers.remove("host");
        if (authority != null && host != null && !authority.equalsIgnoreCase(host)) {
            throw MalformedMessageException.bad("a Host that differs from :authority (RFC 9113, section 8.3.1)");
        }
        String chosen = authority != null ? authority : host == null ? "" : host;
        if (chosen.isEmpty() || !FieldRules.isAuthority(chosen)) {
            throw MalformedMessageException.bad(":authority is no host");
        }
        return chosen;
    }

    static ResponseHead response(Http2Headers fields, int maxHeaders) throws MalformedMessageException {
        String status = text(fields.status());
        if (status == null || status.length() != 3 || !status.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw MalformedMessageException.bad(":status is missing or no number");
        }
        int number = Integer.parseInt(status);
        // RFC 9113, section 8.6: there is no 101 in HTTP/2.
        if (number < 100 || number > 599 || number == 101) {
            throw MalformedMessageException.bad(":status " + number);
        }
        return new ResponseHead(number, headers(fields, maxHeaders));
    }

    /** Trailers of a request: what frames, routes or authenticates is refused, as in HTTP/1.1. */
    static Headers requestTrailers(Http2Headers fields, int maxHeaders) throws MalformedMessageException {
        Headers trailers = trailers(fields, maxHeaders);
        for (int i = 0; i < trailers.size(); i++) {
            if (FieldRules.isForbiddenTrailer(trailers.name(i))) {
                throw MalformedMessageException.bad("a trailer that frames, routes or authenticates");
            }
        }
        return trailers;
    }

    static Headers trailers(Http2Headers fields, int maxHeaders) throws MalformedMessageException {
        for (Map.Entry<CharSequence, CharSequence> field : fields) {
            if (!field.getKey().isEmpty() && field.getKey().charAt(0) == ':') {
                throw MalformedMessageException.bad("a pseudo-header among trailers (RFC 9113, section 8.1)");
            }
        }
        return headers(fields, maxHeaders);
    }

    private static Headers headers(Http2Headers fields, int maxHeaders) throws MalformedMessageException {
        Headers headers = new Headers();
        StringBuilder cookies = null;
        for (Map.Entry<CharSequence, CharSequence> field : fields) {
            String name = field.getKey().toString();
            if (name.startsWith(":")) {
                continue;
            }
            String value = field.getValue().toString();
            check(name, value);
            if (name.equals("http2-settings")) {
                // Part of an upgrade of HTTP/1.1 (RFC 9113, section 3.1): nothing behind us may take it for one.
                continue;
            }
            if (name.equals("cookie")) {
                // RFC 9113, section 8.2.3: crumbs become one before they leave HTTP/2.
                cookies = cookies == null
                        ? new StringBuilder(value)
                        : cookies.append("; ").append(value);
                continue;
            }
            if (headers.size() >= maxHeaders) {
                throw new MalformedMessageException(431, "more than " + maxHeaders + " headers");
            }
            headers.add(name, value);
        }
        if (cookies != null) {
            headers.add("cookie", cookies.toString());
        }
        Http1Body.contentLength(headers);
        return headers;
    }

    /** What HTTP/1.1 behind us could read as something else (RFC 9113, section 8.2.1). */
    private static void check(String name, String value) throws MalformedMessageException {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!FieldRules.isTokenChar(c) || (c >= 'A' && c <= 'Z')) {
                throw MalformedMessageException.bad("a field's name holds a character that no name may have");
            }
        }
        if (!FieldRules.isValue(value)) {
            throw MalformedMessageException.bad("a field's value holds a control character");
        }
        switch (name) {
            case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade" ->
                throw MalformedMessageException.bad("a connection-specific field (RFC 9113, section 8.2.2)");
            case "te" -> {
                if (!value.equalsIgnoreCase("trailers")) {
                    throw MalformedMessageException.bad("TE other than trailers (RFC 9113, section 8.2.2)");
                }
            }
            default -> {}
        }
    }

    static Http2Headers fields(RequestHead head) {
        Http2Headers fields = new DefaultHttp2Headers(false, head.headers().size() + 5);
        String upgrade = head.upgrade();
        boolean plainConnect = head.isConnect() && upgrade == null;
        fields.method(upgrade == null ? head.method() : "CONNECT");
        fields.authority(head.authority());
        if (!plainConnect) {
            fields.scheme(head.scheme()).path(head.path());
        }
        if (upgrade != null) {
            fields.set(PROTOCOL, upgrade);
        }
        if (head.expectsContinue()) {
            fields.add("expect", "100-continue");
        }
        return add(fields, head.headers());
    }

    /** An accepted upgrade is 200 in HTTP/2 (RFC 8441, section 5). */
    static Http2Headers fields(ResponseHead head) {
        Http2Headers fields = new DefaultHttp2Headers(false, head.headers().size() + 1);
        fields.status(Integer.toString(head.status() == 101 ? 200 : head.status()));
        return add(fields, head.headers());
    }

    static Http2Headers fields(Headers trailers) {
        return add(new DefaultHttp2Headers(false, trailers.size()), trailers);
    }

    private static Http2Headers add(Http2Headers fields, Headers headers) {
        for (int i = 0; i < headers.size(); i++) {
            fields.add(headers.name(i), headers.value(i));
        }
        return fields;
    }

    private static @Nullable String text(@Nullable CharSequence sequence) {
        return sequence == null ? null : sequence.toString();
    }
}
