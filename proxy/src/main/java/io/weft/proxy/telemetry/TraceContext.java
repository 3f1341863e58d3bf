package io.weft.proxy.telemetry;

import org.jspecify.annotations.Nullable;

/** W3C Trace Context: the proxy passes {@code traceparent}, {@code tracestate} and B3's headers on as they are, and names the trace in its records. */
public final class TraceContext {
    private static final int VERSION_LENGTH = 3;
    private static final int TRACE_ID_LENGTH = 32;
    private static final int LENGTH = 55;

    private TraceContext() {}

    /** The trace of a {@code traceparent} (Trace Context, section 3.2.2), or an empty string where it is not well-formed. */
    public static String traceId(@Nullable String traceparent) {
        if (traceparent == null || traceparent.length() < LENGTH || traceparent.charAt(2) != '-') {
            return "";
        }
        String id = traceparent.substring(VERSION_LENGTH, VERSION_LENGTH + TRACE_ID_LENGTH);
        boolean hex = id.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
        boolean zero = id.chars().allMatch(c -> c == '0');
        return hex && !zero ? id : "";
    }
}
