package io.weft.proxy.upstream;

import java.net.InetAddress;
import java.util.List;
import java.util.function.Consumer;

/** Finds the addresses of host names. */
@FunctionalInterface
public interface Resolver {
    /**
     * Never blocks; calls back once on any thread.
     *
     * @param callback the addresses; empty where there are none or the look-up failed
     */
    void resolve(String host, Consumer<List<InetAddress>> callback);
}
