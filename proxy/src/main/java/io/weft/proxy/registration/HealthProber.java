package io.weft.proxy.registration;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;

/** Asks an application on the loopback address, once; blocks, so it runs on a virtual thread. */
final class HealthProber {
    private static final Pattern GOOD_STATUS = Pattern.compile("HTTP/1\\.[01] 2[0-9][0-9] .*", Pattern.DOTALL);
    /** Enough for a status line; the rest of the answer is not read. */
    private static final int STATUS_BYTES = 13;

    private HealthProber() {}

    static boolean probe(HealthCheck check, int port) {
        long deadline = System.nanoTime() + check.timeout().toNanos();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), millisUntil(deadline));
            return switch (check.probe()) {
                case HealthCheck.Probe.Connect ignored -> true;
                case HealthCheck.Probe.HttpGet get -> isGood(socket, get.path(), port, deadline);
            };
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isGood(Socket socket, String path, int port, long deadline) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: localhost:" + port
                + "\r\nUser-Agent: weft-health-check\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream input = socket.getInputStream();
        byte[] status = new byte[STATUS_BYTES];
        int length = 0;
        while (length < STATUS_BYTES) {
            socket.setSoTimeout(millisUntil(deadline));
            int read = input.read(status, length, STATUS_BYTES - length);
            if (read < 0) {
                return false;
            }
            length += read;
        }
        return GOOD_STATUS
                .matcher(new String(status, StandardCharsets.US_ASCII))
                .matches();
    }

    /** At least 1, since 0 means for ever to a socket. */
    private static int millisUntil(long deadline) {
        long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        return Math.clamp(millis, 1, Integer.MAX_VALUE);
    }
}
