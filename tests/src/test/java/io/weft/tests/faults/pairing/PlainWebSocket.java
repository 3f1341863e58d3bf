package io.weft.tests.faults.pairing;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Over HTTP/1.1 (RFC 6455). */
public final class PlainWebSocket implements WebSocketClient {
    private final Socket socket;
    private final PlainWire wire;
    private final String key;

    public PlainWebSocket(Socket socket, String key) throws IOException {
        this.socket = socket;
        this.wire = new PlainWire(socket);
        this.key = key;
    }

    /** RFC 6455, section 4.2.2. */
    public static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public String open(String authority, String path) throws IOException {
        wire.write(
                "GET " + path + " HTTP/1.1\r\nHost: " + authority + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + "\r\n\r\n");
        PlainWire.Head head = wire.head();
        if (!head.word(1).equals("101")) {
            return head.word(1) + " " + new String(wire.bytes(2), StandardCharsets.US_ASCII);
        }
        boolean complete = head.fields().get("upgrade").equals("websocket")
                && head.fields().get("connection").equals("Upgrade");
        return head.word(1) + " "
                + (complete
                        ? head.fields().get("sec-websocket-accept")
                        : head.fields().all());
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    @Override
    public byte[] receive(int count) throws IOException {
        return wire.bytes(count);
    }

    @Override
    public boolean isEnded() throws IOException {
        return wire.isAtEnd();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
