package io.weft.proxy.codec.fuzz;

/** All that a client sends over one connection: heads, bodies, requests one behind the other. */
public final class ConnectionFuzz {
    private ConnectionFuzz() {}

    /** Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        Requests.check(input);
    }
}
