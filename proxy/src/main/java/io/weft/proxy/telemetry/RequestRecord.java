package io.weft.proxy.telemetry;

import io.weft.proxy.error.ResponseFlag;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say of one request when it is over. Its exchange writes the fields until it completes; whoever wants them after {@link
 * RequestObserver#onComplete} has returned calls {@link #keep} or {@link #summary} before.
 */
@SuppressWarnings("EnumOrdinal") // the ordinal is a bit in this process alone
public final class RequestRecord {
    /** Looks a header up by its lower-case name; {@code :authority} and the like too. */
    @FunctionalInterface
    public interface HeaderSource {
        @Nullable
        String get(String name);

        /** One that can be asked after the request is over, and on any thread. */
        default HeaderSource lasting() {
            return this;
        }

        /** About how much memory is held as long as this can be asked. */
        default long retainedBytes() {
            return 0;
        }
    }

    private static final HexFormat HEX = HexFormat.of();
    private static final int MAX_SUMMARY_CHARS = 512;
    private static final long FIXED_BYTES = 512;

    public static final HeaderSource NO_HEADERS = name -> null;

    public long startEpochMillis;
    public long durationNanos;
    /** From the start to the response's head; -1: none came. */
    public long responseHeadNanos = -1;

    /** Of the endpoint, from the request's end to its response's head; -1: none came. */
    public long upstreamServiceNanos = -1;

    public String method = "";
    public String scheme = "";
    public String authority = "";
    /** As the client sent it, with its query. */
    public String path = "";
    /** {@code HTTP/1.1} and the like. */
    public String protocol = "";

    public String requestId = "";
    public boolean grpc;
    /** Of a gRPC response; -1: none. */
    public int grpcStatus = -1;
    /** 0: no response began. */
    public int status;

    /** Why, where the proxy itself ended the request; a sentence for operators. */
    public String details = "";

    /** Why the handshake with the endpoint failed, by a short name; empty: it did not. */
    public String transportFailure = "";

    public long requestBytes;
    public long responseBytes;
    public int attempts;

    public String listener = "";
    public String virtualHost = "";
    public String route = "";
    public String cluster = "";
    /** Address of the last endpoint tried. */
    public String upstreamHost = "";

    /** Of the connection to it. */
    public TlsTerms upstreamTls = TlsTerms.PLAIN;

    public String downstreamRemote = "";
    public String downstreamLocal = "";
    public String serverName = "";
    public TlsTerms tls = TlsTerms.PLAIN;
    /** URI names of the client's certificate, joined by commas; empty: none. */
    public String peerUris = "";

    public Edge edge = Edge.UNKNOWN;
    public HeaderSource requestHeaders = NO_HEADERS;
    public HeaderSource responseHeaders = NO_HEADERS;
    private long traceHigh;
    private long traceLow;
    private long flagBits;
    private boolean kept;

    /** Takes the trace of a {@code traceparent}; null: there is none. */
    public void trace(@Nullable CharSequence traceparent) {
        if (traceparent != null && TraceContext.isProper(traceparent)) {
            traceHigh = TraceContext.high(traceparent);
            traceLow = TraceContext.low(traceparent);
        }
    }

    /** 32 hexadecimal digits; empty: none. */
    public String traceId() {
        // No trace has the identifier 0 (Trace Context, section 3.2.2.3).
        return (traceHigh | traceLow) == 0 ? "" : HEX.toHexDigits(traceHigh) + HEX.toHexDigits(traceLow);
    }

    /** Makes this last beyond the request, whose heads are memory of its connection. Called on its loop. */
    void keep() {
        if (!kept) {
            kept = true;
            requestHeaders = requestHeaders.lasting();
            responseHeaders = responseHeaders.lasting();
        }
    }

    /**
     * What can be kept for long: without the heads, which may be as large as a client may send, and with what the client chose cut short. Of the headers
     * the user agent stays. It is this record, unless somebody keeps that whole.
     */
    RequestRecord summary() {
        RequestRecord summary = kept ? copy() : this;
        summary.scheme = clipped(scheme);
        summary.method = clipped(method);
        summary.authority = clipped(authority);
        summary.path = clipped(path);
        summary.requestId = clipped(requestId);
        summary.details = clipped(details);
        summary.serverName = clipped(serverName);
        String agent = requestHeaders.get("user-agent");
        summary.requestHeaders = agent == null ? NO_HEADERS : UserAgent.of(clipped(agent));
        summary.responseHeaders = NO_HEADERS;
        return summary;
    }

    private record UserAgent(String text) implements HeaderSource {
        private static volatile UserAgent last = new UserAgent("");

        /** Clients come again: mostly it is the last one. */
        static UserAgent of(String text) {
            UserAgent known = last;
            if (!known.text.equals(text)) {
                known = new UserAgent(text);
                last = known;
            }
            return known;
        }

        @Override
        public @Nullable String get(String name) {
            return name.equals("user-agent") ? text : null;
        }
    }

    private RequestRecord copy() {
        RequestRecord copy = new RequestRecord();
        copy.startEpochMillis = startEpochMillis;
        copy.durationNanos = durationNanos;
        copy.responseHeadNanos = responseHeadNanos;
        copy.upstreamServiceNanos = upstreamServiceNanos;
        copy.protocol = protocol;
        copy.traceHigh = traceHigh;
        copy.traceLow = traceLow;
        copy.grpc = grpc;
        copy.grpcStatus = grpcStatus;
        copy.status = status;
        copy.requestBytes = requestBytes;
        copy.responseBytes = responseBytes;
        copy.attempts = attempts;
        copy.transportFailure = transportFailure;
        copy.listener = listener;
        copy.virtualHost = virtualHost;
        copy.route = route;
        copy.cluster = cluster;
        copy.upstreamHost = upstreamHost;
        copy.downstreamRemote = downstreamRemote;
        copy.downstreamLocal = downstreamLocal;
        copy.tls = tls;
        copy.upstreamTls = upstreamTls;
        copy.peerUris = peerUris;
        copy.edge = edge;
        copy.flagBits = flagBits;
        return copy;
    }

    /** About how much memory a reference to this holds: what the client chose, beside a fixed amount. */
    public long retainedBytes() {
        return FIXED_BYTES
                + requestHeaders.retainedBytes()
                + responseHeaders.retainedBytes()
                + path.length()
                + authority.length()
                + details.length();
    }

    private static String clipped(String text) {
        return text.length() > MAX_SUMMARY_CHARS ? text.substring(0, MAX_SUMMARY_CHARS) + "…" : text;
    }

    public void flag(ResponseFlag flag) {
        flagBits |= 1L << flag.ordinal();
    }

    public boolean hasFlag(ResponseFlag flag) {
        return (flagBits & 1L << flag.ordinal()) != 0;
    }

    /** One bit a flag, by ordinal. */
    public long flagBits() {
        return flagBits;
    }

    public Set<ResponseFlag> flags() {
        return flags(flagBits);
    }

    /** As logs and metrics write flags. */
    static String flagText(long bits) {
        return bits == 0 ? "-" : ResponseFlag.join(flags(bits));
    }

    private static Set<ResponseFlag> flags(long bits) {
        Set<ResponseFlag> flags = EnumSet.noneOf(ResponseFlag.class);
        for (ResponseFlag flag : ResponseFlag.values()) {
            if ((bits & 1L << flag.ordinal()) != 0) {
                flags.add(flag);
            }
        }
        return flags;
    }
}
