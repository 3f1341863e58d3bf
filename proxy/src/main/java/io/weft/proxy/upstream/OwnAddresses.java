package io.weft.proxy.upstream;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.function.Supplier;

/** Tells whether a connection would come back to this proxy. */
public final class OwnAddresses {
    private final Supplier<Set<InetSocketAddress>> listeners;

    /**
     * @param listeners the addresses that the proxy listens on now, wildcards among them
     */
    public OwnAddresses(Supplier<Set<InetSocketAddress>> listeners) {
        this.listeners = listeners;
    }

    /**
     * @param remote resolved
     */
    public boolean contains(InetSocketAddress remote) {
        for (InetSocketAddress listener : listeners.get()) {
            // To connect to the wildcard is to connect to this machine.
            if (listener.getPort() == remote.getPort()
                    && (remote.getAddress().isAnyLocalAddress()
                            || listener.getAddress().equals(remote.getAddress())
                            || (listener.getAddress().isAnyLocalAddress() && isLocal(remote.getAddress())))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isLocal(InetAddress address) {
        if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
            return true;
        }
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }
}
