package io.weft.tests.differential;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A connection of HTTP/1.1 on which any bytes are sent, and answers are read without tolerance. */
final class WireClient implements Closeable {
    static final int PATIENCE_MILLIS = 30_000;

    private final Socket socket;
    private final ByteArrayOutputStream unread = new ByteArrayOutputStream();
    private boolean ended;
    private boolean silent;

    WireClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    /** A peer that has closed already shows in what is read. */
    void write(String text) {
        try {
            socket.getOutputStream().write(Body.text(text));
        } catch (IOException e) {
            // As above: what it said before is still there to be read.
        }
    }

    /** The next final answer; null where the connection ended, or nothing came in time. */
    @Nullable
    WireMessage read(WireMessage.Kind kind) throws WireMessage.NoMessageException {
        while (true) {
            WireMessage message = WireMessage.read(unread.toByteArray(), kind, ended);
            if (message == null) {
                if (!receive()) {
                    return null;
                }
            } else {
                byte[] rest = Arrays.copyOfRange(unread.toByteArray(), message.length(), unread.size());
                unread.reset();
                unread.writeBytes(rest);
                if (!message.startLine().startsWith("HTTP/1.1 1")) {
                    return message;
                }
            }
        }
    }

    private boolean receive() {
        if (ended || silent) {
            return false;
        }
        byte[] buffer = new byte[16 * 1024];
        try {
            int count = socket.getInputStream().read(buffer);
            ended = count < 0;
            unread.write(buffer, 0, Math.max(0, count));
        } catch (SocketTimeoutException e) {
            silent = true;
        } catch (IOException e) {
            ended = true;
        }
        return !silent;
    }

    /** The peer neither answered nor closed. */
    boolean isSilent() {
        return silent;
    }

    /** Bytes that are no whole message. */
    boolean hasUnread() {
        return unread.size() > 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
