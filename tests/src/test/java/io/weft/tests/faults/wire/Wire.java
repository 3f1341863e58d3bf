package io.weft.tests.faults.wire;

import io.weft.tests.faults.Reply;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client's connection, byte by byte. */
public final class Wire implements AutoCloseable {
    private static final int READ_MILLIS = 30_000;

    private final Socket socket;
    private final InputStream in;

    public Wire(InetSocketAddress proxy) throws IOException {
        this(proxy, 0);
    }

    /**
     * @param receiveBytes how much the kernel keeps of what is not read; 0: as it likes
     */
    public Wire(InetSocketAddress proxy, int receiveBytes) throws IOException {
        socket = new Socket();
        if (receiveBytes > 0) {
            socket.setReceiveBufferSize(receiveBytes);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(READ_MILLIS);
        socket.connect(proxy, READ_MILLIS);
        in = new BufferedInputStream(socket.getInputStream(), 8192);
    }

    public Wire send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public Wire send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** {@code GET} on a connection that stays. */
    public Wire get(String path) throws IOException {
        return send("GET " + path + " HTTP/1.1\r\nhost: shop\r\n\r\n");
    }

    /** What of it the other side took before it closed or reset the connection. */
    public boolean trySend(byte[] bytes) {
        try {
            send(bytes);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** No more will be sent; what is answered is read. */
    public Wire end() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** RST instead of FIN. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** All up to the other side's end; what came before a reset, with {@code RESET} behind it. */
    public String readAll() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            for (int c = in.read(); c >= 0; c = in.read()) {
                out.write(c);
            }
        } catch (SocketException e) {
            return out.toString(StandardCharsets.ISO_8859_1) + "RESET";
        }
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    /** A head, without its last empty line; empty where the connection ended before a byte. */
    public String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
            int c = in.read();
            if (c < 0) {
                return head.toString();
            }
            head.append((char) c);
        }
        return head.toString();
    }

    /** The status of the next response, whose sized body is read too; 0: the connection ended. */
    public int status() throws IOException {
        return reply().status();
    }

    /** As {@link #status}, with what the proxy says of a response of its own. */
    public Reply reply() throws IOException {
        String head = head();
        if (head.isEmpty()) {
            return Reply.NONE;
        }
        String lower = head.toLowerCase(java.util.Locale.ROOT);
        int at = lower.indexOf("content-length: ");
        if (at >= 0) {
            in.readNBytes(Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at))));
        }
        return Reply.of(head);
    }

    public byte[] read(int count) throws IOException {
        return in.readNBytes(count);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
