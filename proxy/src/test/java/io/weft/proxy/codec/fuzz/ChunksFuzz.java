package io.weft.proxy.codec.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A chunked body: any bytes behind a good head. */
public final class ChunksFuzz {
    private static final byte[] HEAD =
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private ChunksFuzz() {}

    /** Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(HEAD);
        request.writeBytes(input);
        Requests.check(request.toByteArray());
    }
}
