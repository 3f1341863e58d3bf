package io.weft.tests.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports that processes keep over restarts: nobody else may take one while its process is dead. Below those from which proxies choose by themselves (20000
 * and up) and those of outgoing connections (32768 and up), and each once in this JVM.
 */
final class StablePorts {
    private static final int FIRST = 10_000;
    private static final int LAST = 20_000;
    private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();

    private StablePorts() {}

    static List<Integer> take(int count) {
        List<Integer> ports = new ArrayList<>();
        while (ports.size() < count) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            if (isFree(port) && TAKEN.add(port)) {
                ports.add(port);
            }
        }
        return ports;
    }

    private static boolean isFree(int port) {
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
