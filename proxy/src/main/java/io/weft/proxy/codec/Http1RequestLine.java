package io.weft.proxy.codec;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Turns the head of an HTTP/1.1 request into a {@link RequestHead}: request line, target forms and Host (RFC 9112, section 3). */
final class Http1RequestLine {
    private static final String VERSION_PREFIX = "HTTP/";

    private Http1RequestLine() {}

    /** The version in a request line; decides before all else, since it says how to answer. */
    static HttpVersion version(Http1Head head) throws MalformedMessageException {
        byte[] bytes = head.block().bytes;
        int end = head.startLineEnd();
        int space = lastSpace(bytes, head.startLineBegin(), end);
        if (KnownTexts.isText(bytes, space + 1, end, "HTTP/1.1") && space >= 0) {
            return HttpVersion.HTTP_1_1;
        }
        if (KnownTexts.isText(bytes, space + 1, end, "HTTP/1.0") && space >= 0) {
            return HttpVersion.HTTP_1_0;
        }
        boolean other = space >= 0
                && end - space > VERSION_PREFIX.length()
                && KnownTexts.isText(bytes, space + 1, space + 1 + VERSION_PREFIX.length(), VERSION_PREFIX);
        throw other
                ? new MalformedMessageException(505, "a version of HTTP that is not spoken here")
                : MalformedMessageException.bad("a request line without a version");
    }

    private static int lastSpace(byte[] bytes, int start, int end) {
        int i = end - 1;
        while (i >= start && bytes[i] != ' ') {
            i--;
        }
        return i < start ? -1 : i;
    }

    /**
     * @param scheme how the client reached this proxy
     */
    static RequestHead parse(Http1Head head, HttpVersion version, String scheme) throws MalformedMessageException {
        byte[] bytes = head.block().bytes;
        int start = head.startLineBegin();
        int methodEnd = start;
        while (methodEnd < head.startLineEnd() && bytes[methodEnd] != ' ') {
            methodEnd++;
        }
        int targetEnd = lastSpace(bytes, start, head.startLineEnd());
        if (methodEnd == start || targetEnd <= methodEnd) {
            throw MalformedMessageException.bad("a request line that is not method, target and version");
        }
        if (!FieldRules.isToken(bytes, start, methodEnd)) {
            throw MalformedMessageException.bad("a method that is no token");
        }
        if (!FieldRules.isTarget(bytes, methodEnd + 1, targetEnd)) {
            throw MalformedMessageException.bad("a target that holds white space or a control character");
        }
        String method = KnownTexts.text(bytes, start, methodEnd);
        String target = head.texts().common(bytes, methodEnd + 1, targetEnd);
        return parse(method, target, head.headers(), version, scheme);
    }

    private static RequestHead parse(String method, String target, Headers headers, HttpVersion version, String scheme)
            throws MalformedMessageException {
        String host = host(headers, version);
        boolean expects = version == HttpVersion.HTTP_1_1 && "100-continue".equalsIgnoreCase(headers.get("expect"));
        if (expects) {
            headers.remove("expect");
        }
        int length = headers.find("content-length", 0);
        boolean content = headers.contains("transfer-encoding") || (length >= 0 && !headers.isValue(length, "0"));
        if (content && method.equals("CONNECT")) {
            throw MalformedMessageException.bad("a CONNECT with a body (RFC 9110, section 9.3.6)");
        }
        // An upgrade may be ignored: behind a body nobody could tell where the tunnel's bytes begin.
        String upgrade = content ? null : upgrade(headers, version);
        FieldRules.removeHopByHop(headers);
        headers.remove("host");
        if (method.equals("CONNECT")) {
            return new RequestHead(method, scheme, connectAuthority(target), "", headers, null, false);
        }
        if (target.startsWith("/") || (target.equals("*") && method.equals("OPTIONS"))) {
            return new RequestHead(method, scheme, host == null ? "" : host, target, headers, upgrade, expects);
        }
        return absolute(method, target, host, headers, upgrade, expects);
    }

    private static RequestHead absolute(
            String method,
            String target,
            @Nullable String host,
            Headers headers,
            @Nullable String upgrade,
            boolean expects)
            throws MalformedMessageException {
        String lower = target.toLowerCase(Locale.ROOT);
        String scheme = lower.startsWith("http://") ? "http" : lower.startsWith("https://") ? "https" : "";
        if (scheme.isEmpty()) {
            throw MalformedMessageException.bad("a target that is neither a path nor an http URL");
        }
        int start = scheme.length() + 3;
        int end = start;
        while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
            end++;
        }
        String authority = target.substring(start, end);
        if (authority.isEmpty() || !FieldRules.isAuthority(authority)) {
            throw MalformedMessageException.bad("an absolute target without a proper host");
        }
        // RFC 9112, section 3.2.2 has a proxy ignore Host here; whoever is behind us may not, and would see another
        // host than our routes did.
        if (host != null && !sameHost(scheme, authority, host)) {
            throw MalformedMessageException.bad("a Host that differs from the absolute target");
        }
        String rest = target.substring(end);
        String path =
                rest.isEmpty() ? (method.equals("OPTIONS") ? "*" : "/") : rest.startsWith("/") ? rest : "/" + rest;
        return new RequestHead(method, scheme, authority, path, headers, upgrade, expects);
    }

    private static boolean sameHost(String scheme, String authority, String host) {
        String port = scheme.equals("https") ? ":443" : ":80";
        return withoutPort(authority, port).equalsIgnoreCase(withoutPort(host, port));
    }

    private static String withoutPort(String authority, String port) {
        return authority.endsWith(port) ? authority.substring(0, authority.length() - port.length()) : authority;
    }

    private static String connectAuthority(String target) throws MalformedMessageException {
        int colon = target.lastIndexOf(':');
        boolean hasPort = colon > 0
                && colon < target.length() - 1
                && target.chars().skip(colon + 1L).allMatch(c -> c >= '0' && c <= '9');
        if (!hasPort || !FieldRules.isAuthority(target)) {
            throw MalformedMessageException.bad("a CONNECT target that is not host:port");
        }
        return target;
    }

    private static @Nullable String host(Headers headers, HttpVersion version) throws MalformedMessageException {
        String host = headers.common("host");
        if (host == null) {
            if (version == HttpVersion.HTTP_1_1) {
                throw MalformedMessageException.bad("no Host");
            }
            return null;
        }
        if (headers.find("host", headers.find("host", 0) + 1) >= 0) {
            throw MalformedMessageException.bad("more than one Host");
        }
        if (!FieldRules.isAuthority(host)) {
            throw MalformedMessageException.bad("a Host that is no host");
        }
        return host;
    }

    /** HTTP/2 is not taken by Upgrade: clients use prior knowledge or ALPN (RFC 9113, section 3.1). */
    private static @Nullable String upgrade(Headers headers, HttpVersion version) {
        String upgrade = headers.joined("upgrade");
        if (upgrade == null
                || version != HttpVersion.HTTP_1_1
                || !FieldRules.hasToken(headers.joined("connection"), "upgrade")) {
            return null;
        }
        String protocol = upgrade.strip().toLowerCase(Locale.ROOT);
        return protocol.equals("h2c") || !FieldRules.isToken(protocol) ? null : protocol;
    }
}
