package io.weft.proxy.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What fields may be made of, and which of them end at this hop. One place for both versions and both directions. */
final class FieldRules {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHEST_BITS = ONES << 7;
    private static final int DELETE = 127;

    /** Of each byte that a token may have, its lower case; else 0. */
    private static final byte[] TOKEN = new byte[256];

    /** What the host of an authority may not hold. */
    private static final boolean[] NOT_OF_HOSTS = new boolean[127];

    private static final String[] HOP_BY_HOP = {
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"
    };

    private static final String KEEP_ALIVE = "keep-alive";

    /** Connection cannot name these away: they say where a message ends, where it goes, or who sent it. */
    private static final Set<String> NEVER_NOMINATED =
            Set.of("content-length", "host", "authorization", "cookie", "x-forwarded-for", "x-forwarded-client-cert");

    /** RFC 9110, section 6.5.1: fields that frame, route or authenticate are never trailers. */
    private static final Set<String> NEVER_TRAILERS = Set.of(
            "transfer-encoding",
            "content-length",
            "host",
            "connection",
            "trailer",
            "te",
            "upgrade",
            "expect",
            "authorization",
            "cookie",
            "set-cookie",
            "content-type",
            "content-encoding",
            "content-range",
            "x-forwarded-for",
            "x-forwarded-client-cert");

    static {
        String allowed = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        for (byte c : allowed.getBytes(StandardCharsets.US_ASCII)) {
            TOKEN[c] = c >= 'A' && c <= 'Z' ? (byte) (c + ('a' - 'A')) : c;
        }
        for (int c = 0; c < NOT_OF_HOSTS.length; c++) {
            NOT_OF_HOSTS[c] = c <= ' ' || "@/?#\\,[]".indexOf(c) >= 0;
        }
    }

    private FieldRules() {}

    /** RFC 9110, section 5.6.2. */
    static boolean isTokenChar(int c) {
        return c >= 0 && c < TOKEN.length && TOKEN[c] != 0;
    }

    /** A byte of a token in lower case; 0: no token has it. */
    static byte lowerCaseToken(byte c) {
        return TOKEN[c & 0xFF];
    }

    static boolean isToken(byte[] bytes, int start, int end) {
        for (int i = start; i < end; i++) {
            if (TOKEN[bytes[i] & 0xFF] == 0) {
                return false;
            }
        }
        return start < end;
    }

    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isTokenChar(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** RFC 9110, section 5.5: no control characters but tab. */
    static boolean isValueChar(int c) {
        return (c >= ' ' && c != 127) || c == '\t';
    }

    static boolean isValueByte(byte c) {
        return isValueChar(c & 0xFF) && c != '\t';
    }

    /** As {@link #isValue(String)}, eight octets at a time. */
    static boolean isValue(byte[] bytes, int start, int end) {
        int i = start;
        for (; end - i >= Long.BYTES; i += Long.BYTES) {
            long octets = (long) LONGS.get(bytes, i);
            long suspects = below(octets, ' ') | equal(octets, DELETE);
            if (suspects != 0 && !isEachValue(bytes, i, i + Long.BYTES)) {
                return false;
            }
        }
        return isEachValue(bytes, i, end);
    }

    /** A bit for each of eight octets that is below an ASCII character; perhaps one for an octet that is not, behind one that is. */
    private static long below(long octets, int limit) {
        return (octets - limit * ONES) & ~octets & HIGHEST_BITS;
    }

    /** As {@link #below}: what differs from a character in no bit is below one. */
    private static long equal(long octets, int octet) {
        return below(octets ^ (octet * ONES), 1);
    }

    private static boolean isEachValue(byte[] bytes, int start, int end) {
        for (int i = start; i < end; i++) {
            if (!isValueChar(bytes[i] & 0xFF)) {
                return false;
            }
        }
        return true;
    }

    static boolean isValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isValueChar(text.charAt(i)) || text.charAt(i) > 255) {
                return false;
            }
        }
        return true;
    }

    /** Neither white space, control characters nor a fragment (RFC 9112, section 3.2); RFC 3986 allows less, real clients send more. */
    static boolean isTarget(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c == 127 || c == '#') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** As {@link #isTarget(String)}, eight octets at a time. */
    static boolean isTarget(byte[] bytes, int start, int end) {
        int i = start;
        for (; end - i >= Long.BYTES; i += Long.BYTES) {
            long octets = (long) LONGS.get(bytes, i);
            // Where one octet is suspected wrongly, another is rightly.
            if ((below(octets, ' ' + 1) | equal(octets, DELETE) | equal(octets, '#')) != 0) {
                return false;
            }
        }
        for (; i < end; i++) {
            int c = bytes[i] & 0xFF;
            if (c <= ' ' || c == DELETE || c == '#') {
                return false;
            }
        }
        return start < end;
    }

    /** A host, or an address of IPv6 in brackets, with an optional port: no user information, path or query (RFC 9110, section 7.2). */
    static boolean isAuthority(String text) {
        int literalEnd = text.startsWith("[") ? text.indexOf(']') : 0;
        if (literalEnd < 0) {
            return false;
        }
        int colon = text.indexOf(':', literalEnd);
        int hostEnd = literalEnd > 0 ? literalEnd + 1 : colon < 0 ? text.length() : colon;
        for (int i = literalEnd > 0 ? 1 : 0; i < (literalEnd > 0 ? literalEnd : hostEnd); i++) {
            char c = text.charAt(i);
            if (c >= NOT_OF_HOSTS.length || NOT_OF_HOSTS[c]) {
                return false;
            }
        }
        return isPort(text, hostEnd);
    }

    /** Nothing, or a colon and digits (RFC 3986, section 3.2.3). */
    private static boolean isPort(String text, int start) {
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean allowed = i == start ? c == ':' : c >= '0' && c <= '9';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    static boolean isForbiddenTrailer(String name) {
        return NEVER_TRAILERS.contains(name);
    }

    /** Takes away what ends at this hop (RFC 9110, section 7.6.1); TE stays where it is exactly {@code trailers}. */
    static void removeHopByHop(Headers headers) {
        String te = headers.joined("te");
        if (te != null && !te.strip().equalsIgnoreCase("trailers")) {
            headers.remove("te");
        }
        String connection = headers.joined("connection");
        for (String name : HOP_BY_HOP) {
            headers.remove(name);
        }
        if (connection == null || connection.equals(KEEP_ALIVE) || connection.equals("close")) {
            return;
        }
        for (String nominated : tokens(connection)) {
            if (!nominated.equals("te") && !NEVER_NOMINATED.contains(nominated)) {
                headers.remove(nominated);
            }
        }
    }

    /** Whether a list of tokens, such as Connection's, holds one. */
    static boolean hasToken(@Nullable String list, String token) {
        return list != null
                && (list.equals(token)
                        || (!list.equals(KEEP_ALIVE) && tokens(list).contains(token)));
    }

    private static Set<String> tokens(String list) {
        String[] parts = list.toLowerCase(Locale.ROOT).split(",", -1);
        Set<String> tokens = new HashSet<>();
        for (String part : parts) {
            tokens.add(part.strip());
        }
        return tokens;
    }
}
