package io.weft.proxy.listener;

import io.weft.engine.config.Listener;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A listener that is in no configuration, which nobody is told of: for requests that a proxy sends to itself. */
public final class LoopbackListener implements AutoCloseable {
    private final ActiveListener listener;

    /**
     * Listens.
     *
     * @throws ListenerFailedException where the address cannot be had
     * @throws io.weft.proxy.tls.TlsConfigurationException where its TLS cannot be used
     */
    public LoopbackListener(Listener config, ListenerServices services) throws ListenerFailedException {
        listener = new ActiveListener(config, services);
        try {
            listener.open();
        } catch (ListenerFailedException e) {
            listener.close();
            throw e;
        }
    }

    public InetSocketAddress address() {
        @Nullable InetSocketAddress bound = listener.boundAddress();
        if (bound == null) {
            throw new IllegalStateException("closed");
        }
        return bound;
    }

    @Override
    public void close() {
        listener.close();
    }
}
