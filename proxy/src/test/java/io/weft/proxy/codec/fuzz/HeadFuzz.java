package io.weft.proxy.codec.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The head of a request: any bytes, and the empty line behind them. */
public final class HeadFuzz {
    private HeadFuzz() {}

    /** Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.writeBytes(input);
        head.writeBytes("\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        Requests.check(head.toByteArray());
    }
}
