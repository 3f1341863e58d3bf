package io.weft.cli.process;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports that nothing listens on. Below the range from which Linux takes the ports of outgoing connections (32768 and up): such a port may be taken
 * again before whom it is for listens.
 */
public final class FreePorts {
    private static final int FIRST = 20_000;
    private static final int LAST = 32_000;
    private static final int ATTEMPTS = 1000;

    private FreePorts() {}

    /** So many different ones, free on loopback now. */
    public static List<Integer> choose(int count) throws IOException {
        Set<Integer> chosen = new LinkedHashSet<>();
        for (int i = 0; i < ATTEMPTS && chosen.size() < count; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                chosen.add(port);
            } catch (BindException e) {
                // taken
            }
        }
        if (chosen.size() < count) {
            throw new IOException("no " + count + " free ports between " + FIRST + " and " + LAST);
        }
        return List.copyOf(chosen);
    }
}
