package io.weft.proxy.codec;

/** What a field means to a head of HTTP/2: judged once, when the field is made, so that it costs nothing each time that the field is referred to. */
enum Http2FieldKind {
    /** Its value is a token. */
    METHOD,
    /** http or https. */
    SCHEME,
    /** Not empty, and {@link FieldRules#isAuthority}. */
    AUTHORITY,
    /** {@link FieldRules#isTarget}; begins with a slash, or is {@code *}. */
    PATH,
    /** Three digits: {@link HpackField#status}. */
    STATUS,
    /** Its value is a token (RFC 8441, section 4). */
    PROTOCOL,
    /** A crumb of a cookie, or a whole one (RFC 9113, section 8.2.3). */
    COOKIE,
    /** HTTP2-Settings: part of an upgrade from HTTP/1.1, nothing behind us may take it for one. */
    DROPPED,
    /** Any other that is as it should be. */
    REGULAR,
    /** A colon and a name that no RFC gives (RFC 9113, section 8.3). */
    UNKNOWN_PSEUDO,
    /** A known pseudo-header field whose value can never be right. */
    BAD_PSEUDO,
    /** No token in lower case (RFC 9113, section 8.2.1). */
    BAD_NAME,
    /** Holds what no value may, or begins or ends with white space (RFC 9113, section 8.2.1). */
    BAD_VALUE,
    /** RFC 9113, section 8.2.2. */
    CONNECTION_SPECIFIC,
    /** TE other than {@code trailers} (RFC 9113, section 8.2.2). */
    BAD_TE
}
