package io.weft.proxy.codec;

import org.jspecify.annotations.Nullable;

/**
 * Makes heads of header blocks (RFC 9113, section 8.3), field by field as they are decoded. What breaks a rule is kept until the whole block was decoded: the
 * decoder's table must not miss a field. One for a connection; what was read lasts until the next {@link #begin}.
 */
final class Http2HeadReader implements HpackDecoder.Sink {
    private final CodecLimits limits;
    private Headers headers = new Headers();
    private @Nullable String method;
    private @Nullable String scheme;
    private @Nullable String authority;
    private @Nullable String path;
    private @Nullable String protocol;
    private @Nullable HpackField status;
    private @Nullable String cookie;
    private @Nullable StringBuilder cookies;
    private @Nullable String breach;
    private long contentLength;
    private int bytes;
    private boolean tooLarge;
    private boolean regular;
    private boolean pseudo;

    Http2HeadReader(CodecLimits limits) {
        this.limits = limits;
    }

    /** A new block. */
    void begin() {
        headers = new Headers();
        method = null;
        scheme = null;
        authority = null;
        path = null;
        protocol = null;
        status = null;
        cookie = null;
        cookies = null;
        breach = null;
        bytes = 0;
        tooLarge = false;
        regular = false;
        pseudo = false;
    }

    @Override
    public void onField(HpackField field, boolean neverIndexed) {
        bytes += field.size();
        if (bytes > limits.maxHeadBytes() || headers.size() > limits.maxHeaders()) {
            tooLarge = true;
        }
        if (tooLarge) {
            return;
        }
        switch (field.kind) {
            case REGULAR -> {
                regular = true;
                headers.add(field.number, field.name, field.value);
                if (neverIndexed) {
                    headers.neverIndexLast();
                }
            }
            case COOKIE -> {
                regular = true;
                addCookie(field.value);
            }
            case DROPPED -> regular = true;
            case METHOD -> method = once(field, method);
            case SCHEME -> scheme = once(field, scheme);
            case AUTHORITY -> authority = once(field, authority);
            case PATH -> path = once(field, path);
            case PROTOCOL -> protocol = once(field, protocol);
            case STATUS -> {
                once(field, status == null ? null : status.value);
                status = field;
            }
            case UNKNOWN_PSEUDO -> breach("a pseudo-header that there is not (RFC 9113, section 8.3)");
            case BAD_PSEUDO -> breach(badPseudo(field.name));
            case BAD_NAME -> breach("a field's name holds a character that no name may have");
            case BAD_VALUE -> breach("a field's value holds a control character, or white space around it");
            case CONNECTION_SPECIFIC -> breach("a connection-specific field (RFC 9113, section 8.2.2)");
            case BAD_TE -> breach("TE other than trailers (RFC 9113, section 8.2.2)");
        }
    }

    private static String badPseudo(String name) {
        return switch (name) {
            case ":scheme" -> ":scheme is neither http nor https";
            case ":path" -> ":path is no path";
            case ":authority" -> ":authority is no host";
            case ":status" -> ":status is no number";
            default -> name + " is no token";
        };
    }

    private void breach(String reason) {
        breach = breach == null ? reason : breach;
    }

    private String once(HpackField field, @Nullable String present) {
        pseudo = true;
        if (regular) {
            breach("a pseudo-header behind other fields (RFC 9113, section 8.3)");
        }
        if (present != null) {
            breach("a pseudo-header twice (RFC 9113, section 8.3)");
        }
        return field.value;
    }

    /** Section 8.2.3: crumbs become one before they leave HTTP/2. */
    private void addCookie(String crumb) {
        if (cookie == null) {
            cookie = crumb;
            return;
        }
        if (cookies == null) {
            cookies = new StringBuilder(cookie);
        }
        cookies.append("; ").append(crumb);
    }

    /** What the head that was made last says of its body (section 8.1.1); -1: nothing. */
    long contentLength() {
        return contentLength;
    }

    /** All that heads and trailers have in common. */
    private Headers finish() throws MalformedMessageException {
        if (tooLarge || headers.size() > limits.maxHeaders()) {
            throw new MalformedMessageException(
                    431,
                    "more than " + limits.maxHeaders() + " headers, or " + limits.maxHeadBytes() + " bytes of them");
        }
        if (breach != null) {
            throw MalformedMessageException.bad(breach);
        }
        if (cookie != null) {
            headers.add("cookie", cookies == null ? cookie : cookies.toString());
        }
        contentLength = Http1Body.contentLength(headers);
        return headers;
    }

    RequestHead request() throws MalformedMessageException {
        Headers fields = finish();
        String verb = method;
        if (verb == null) {
            throw MalformedMessageException.bad(":method is missing");
        }
        if (status != null) {
            throw MalformedMessageException.bad(":status in a request (RFC 9113, section 8.3)");
        }
        String host = authority(fields);
        boolean connect = verb.equals("CONNECT");
        if (connect) {
            // The bytes of a tunnel are no body: an endpoint of HTTP/1.1 must not count them as one.
            fields.remove("content-length");
            contentLength = -1;
        }
        if (connect && protocol == null) {
            if (scheme != null || path != null || authority == null) {
                throw MalformedMessageException.bad("CONNECT takes :authority alone (RFC 9113, section 8.5)");
            }
            return new RequestHead(verb, "http", host, "", fields, null, false);
        }
        String target = path;
        if (scheme == null || target == null) {
            throw MalformedMessageException.bad(":scheme or :path is missing");
        }
        if (target.equals("*") && !verb.equals("OPTIONS")) {
            throw MalformedMessageException.bad(":path is no path");
        }
        if (protocol != null) {
            if (!connect) {
                throw MalformedMessageException.bad(":protocol belongs to CONNECT (RFC 8441, section 4)");
            }
            return new RequestHead("GET", scheme, host, target, fields, protocol, false);
        }
        boolean expects = "100-continue".equalsIgnoreCase(fields.get("expect"));
        if (expects) {
            fields.remove("expect");
        }
        return new RequestHead(verb, scheme, host, target, fields, null, expects);
    }

    private String authority(Headers fields) throws MalformedMessageException {
        String host = fields.get("host");
        if (host != null && fields.all("host").size() > 1) {
            throw MalformedMessageException.bad("more than one Host");
        }
        if (host != null) {
            fields.remove("host");
        }
        if (authority != null && host != null && !authority.equalsIgnoreCase(host)) {
            throw MalformedMessageException.bad("a Host that differs from :authority (RFC 9113, section 8.3.1)");
        }
        if (authority != null) {
            return authority;
        }
        if (host == null || host.isEmpty() || !FieldRules.isAuthority(host)) {
            throw MalformedMessageException.bad("neither :authority nor Host is a host");
        }
        return host;
    }

    ResponseHead response() throws MalformedMessageException {
        Headers fields = finish();
        if (status == null) {
            throw MalformedMessageException.bad(":status is missing");
        }
        if (method != null || scheme != null || authority != null || path != null || protocol != null) {
            throw MalformedMessageException.bad("a request's pseudo-header in a response (RFC 9113, section 8.3)");
        }
        int code = status.status();
        // RFC 9113, section 8.6: there is no 101 in HTTP/2.
        if (code < 100 || code > 599 || code == 101) {
            throw MalformedMessageException.bad(":status " + code);
        }
        return new ResponseHead(code, fields);
    }

    /**
     * @param ofRequest what frames, routes or authenticates is refused, as in HTTP/1.1
     */
    Headers trailers(boolean ofRequest) throws MalformedMessageException {
        Headers fields = finish();
        if (pseudo) {
            throw MalformedMessageException.bad("a pseudo-header among trailers (RFC 9113, section 8.1)");
        }
        for (int i = 0; ofRequest && i < fields.size(); i++) {
            if (FieldRules.isForbiddenTrailer(fields.name(i))) {
                throw MalformedMessageException.bad("a trailer that frames, routes or authenticates");
            }
        }
        return fields;
    }
}
