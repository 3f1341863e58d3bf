package io.weft.proxy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The ports of a proxy's listeners where they were not given: the ones it had last, or free ones. Chosen before it connects, since others are
 * told of them.
 */
public final class Ports {
    private static final String FILE = "ports.properties";
    private static final int FIRST_FREE = 20_000;
    private static final int LAST_FREE = 32_000;
    private static final int ATTEMPTS = 1000;

    private final Path file;
    private final Properties known = new Properties();

    /** @param stateDirectory of this proxy alone */
    public Ports(Path stateDirectory) throws IOException {
        file = stateDirectory.resolve(FILE);
        if (Files.exists(file)) {
            try (var in = Files.newInputStream(file)) {
                known.load(in);
            } catch (IllegalArgumentException e) {
                throw new IOException(file + " cannot be read: " + e.getMessage() + "; delete it", e);
            }
        }
    }

    /**
     * The port of a listener; another one than those of its other listeners, where it is free to choose.
     *
     * @param name for the file
     * @param wanted taken as it is, but 0
     * @throws IOException where the file cannot be written, or no port is free
     */
    public int choose(String name, String host, int wanted) throws IOException {
        if (wanted != 0) {
            return wanted;
        }
        int last = last(name);
        int chosen = last > 0 && isFree(host, last) ? last : anyFree(host);
        if (chosen != last) {
            known.setProperty(name, Integer.toString(chosen));
            try (var out = Files.newOutputStream(file)) {
                known.store(out, null);
            }
        }
        return chosen;
    }

    private int last(String name) {
        try {
            return Integer.parseInt(known.getProperty(name, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static boolean isFree(String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Below the range from which Linux takes the ports of outgoing connections (32768 and up): such a port may be taken again before the listener
     * listens.
     */
    private int anyFree(String host) throws IOException {
        for (int i = 0; i < ATTEMPTS; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_FREE, LAST_FREE);
            if (!known.containsValue(Integer.toString(port)) && isFree(host, port)) {
                return port;
            }
        }
        throw new IOException("no free port between " + FIRST_FREE + " and " + LAST_FREE + " on " + host);
    }
}
