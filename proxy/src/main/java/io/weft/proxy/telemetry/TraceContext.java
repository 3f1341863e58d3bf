package io.weft.proxy.telemetry;

import java.util.HexFormat;

/** W3C Trace Context: the proxy passes {@code traceparent}, {@code tracestate} and B3's headers on as they are, and names the trace in its records. */
final class TraceContext {
    private static final int TRACE_ID_AT = 3;
    private static final int TRACE_ID_LENGTH = 32;
    private static final int HALF = TRACE_ID_LENGTH / 2;
    private static final int LENGTH = 55;

    private TraceContext() {}

    /** Whether a {@code traceparent} names its trace as it should (Trace Context, section 3.2.2), in lower-case hexadecimal. */
    static boolean isProper(CharSequence traceparent) {
        if (traceparent.length() < LENGTH || traceparent.charAt(2) != '-') {
            return false;
        }
        for (int i = TRACE_ID_AT; i < TRACE_ID_AT + TRACE_ID_LENGTH; i++) {
            char c = traceparent.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    static long high(CharSequence traceparent) {
        return HexFormat.fromHexDigitsToLong(traceparent, TRACE_ID_AT, TRACE_ID_AT + HALF);
    }

    static long low(CharSequence traceparent) {
        return HexFormat.fromHexDigitsToLong(traceparent, TRACE_ID_AT + HALF, TRACE_ID_AT + TRACE_ID_LENGTH);
    }
}
