package io.weft.tests.faults.pairing;

import java.io.IOException;

/** A client of WebSockets, as far as the handshake; what follows are bytes. */
public interface WebSocketClient extends AutoCloseable {
    /** Its outcome: the status, and the answer to the key or the body of a refusal. */
    String open(String authority, String path) throws Exception;

    void send(byte[] bytes) throws Exception;

    byte[] receive(int count) throws Exception;

    /** Waits for the other side's end. */
    boolean isEnded() throws Exception;

    @Override
    void close() throws IOException;
}
