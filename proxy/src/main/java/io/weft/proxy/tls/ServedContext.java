package io.weft.proxy.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/**
 * A TLS context that follows its source: a connection that begins after an SVID was renewed uses the new one, and one that is
 * open lives on, because each engine holds its own reference to the context that it came from. The context is rebuilt by the
 * first connection that needs it (about a millisecond), so one that nobody uses costs nothing at a renewal.
 *
 * <p>Closing it lets open connections live, and refuses new ones.
 */
public final class ServedContext extends SslContext implements AutoCloseable {
    private final boolean client;
    private final boolean provesIdentities;
    private final Supplier<Object> version;
    private final InstantSource clock;
    private final Factory factory;
    private volatile @Nullable Built built;
    private boolean closed;

    /** Makes a context from what the source holds now. */
    @FunctionalInterface
    interface Factory {
        SslContext make() throws SSLException;
    }

    private record Built(
            Object version, SslContext context, @Nullable TicketKeys tickets) {}

    /**
     * A context that is rebuilt when {@code version} gives another value.
     *
     * @throws TlsConfigurationException where the first context cannot be made
     */
    ServedContext(boolean client, PeerTrust trust, Supplier<Object> version, InstantSource clock, Factory factory) {
        this.client = client;
        this.provesIdentities = switch (trust) {
            case PeerTrust.Mesh _, PeerTrust.PinnedRoot _ -> true;
            case PeerTrust.Roots _, PeerTrust.Anyone() -> false;
        };
        this.version = version;
        this.clock = clock;
        this.factory = factory;
        current();
    }

    /** Whether a peer's SPIFFE ID is proved once its handshake succeeds: by the mesh's bundle, not by somebody else's root. */
    boolean provesIdentities() {
        return provesIdentities;
    }

    private SslContext current() {
        Built latest = built;
        if (latest == null || !latest.version().equals(version.get())) {
            return rebuilt();
        }
        if (latest.tickets() != null) {
            latest.tickets().rotateIfDue(clock.instant());
        }
        return latest.context();
    }

    private synchronized SslContext rebuilt() {
        if (closed) {
            throw new IllegalStateException("the TLS context is closed");
        }
        // Read before the source is: a change in between makes one more rebuild, never a stale context.
        Object now = version.get();
        Built previous = built;
        if (previous != null && previous.version().equals(now)) {
            return previous.context();
        }
        SslContext next;
        try {
            next = factory.make();
        } catch (SSLException e) {
            throw new TlsConfigurationException("the TLS context cannot be made: " + e.getMessage(), e);
        }
        TicketKeys tickets = !client && next.sessionContext() instanceof OpenSslSessionContext sessions
                ? new TicketKeys(sessions, clock.instant())
                : null;
        built = new Built(now, next, tickets);
        if (previous != null) {
            ReferenceCountUtil.release(previous.context());
        }
        return next;
    }

    /** Keeps the context alive while {@code use} takes its own reference, against a rebuild on another thread. */
    private <R> R with(Function<SslContext, R> use) {
        while (true) {
            SslContext context = current();
            try {
                ReferenceCountUtil.retain(context);
            } catch (IllegalReferenceCountException replaced) {
                continue;
            }
            try {
                return use.apply(context);
            } finally {
                ReferenceCountUtil.release(context);
            }
        }
    }

    @Override
    public synchronized void close() {
        Built last = built;
        closed = true;
        built = null;
        if (last != null) {
            ReferenceCountUtil.release(last.context());
        }
    }

    @Override
    public boolean isClient() {
        return client;
    }

    @Override
    public List<String> cipherSuites() {
        return with(SslContext::cipherSuites);
    }

    @Override
    // Deprecated for users, yet abstract: whoever extends SslContext has to write it.
    @SuppressWarnings("deprecation")
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
        return with(SslContext::applicationProtocolNegotiator);
    }

    @Override
    public SSLSessionContext sessionContext() {
        return with(SslContext::sessionContext);
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator) {
        return with(context -> context.newEngine(allocator));
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
        return with(context -> context.newEngine(allocator, peerHost, peerPort));
    }

    /**
     * A handler towards an endpoint. Sessions are kept for each address, as an endpoint opens no ticket that another sealed.
     *
     * @param serverName SNI; empty: none is sent
     */
    public SslHandler newHandler(ByteBufAllocator allocator, InetSocketAddress endpoint, String serverName) {
        SslHandler handler = newHandler(allocator, endpoint.getAddress().getHostAddress(), endpoint.getPort());
        if (!serverName.isEmpty()) {
            SSLEngine engine = handler.engine();
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(serverName.getBytes(StandardCharsets.UTF_8))));
            engine.setSSLParameters(parameters);
        }
        return handler;
    }

    /**
     * An endpoint began a new session: the keys of the tickets that are kept for it are gone, and each would only be offered in vain. A server seals two tickets
     * for each connection, so they are many.
     */
    public void forgetSessions(InetSocketAddress endpoint) {
        Built latest = built;
        if (latest == null) {
            // Another configuration closed it while the handshake ran.
            return;
        }
        try {
            ReferenceCountUtil.retain(latest.context());
        } catch (IllegalReferenceCountException replaced) {
            return;
        }
        try {
            forgetSessions(latest.context().sessionContext(), endpoint);
        } finally {
            ReferenceCountUtil.release(latest.context());
        }
    }

    private static void forgetSessions(SSLSessionContext sessions, InetSocketAddress endpoint) {
        String host = endpoint.getAddress().getHostAddress();
        for (byte[] id : Collections.list(sessions.getIds())) {
            SSLSession session = sessions.getSession(id);
            if (session != null && session.getPeerPort() == endpoint.getPort() && host.equals(session.getPeerHost())) {
                session.invalidate();
            }
        }
    }

    // Handlers are made by the context itself, which gives them its check of resumed sessions.

    @Override
    protected SslHandler newHandler(ByteBufAllocator allocator, boolean startTls) {
        return with(context -> context.newHandler(allocator));
    }

    @Override
    public SslHandler newHandler(ByteBufAllocator allocator, Executor delegatedTasks) {
        return with(context -> context.newHandler(allocator, delegatedTasks));
    }

    @Override
    protected SslHandler newHandler(ByteBufAllocator allocator, boolean startTls, Executor delegatedTasks) {
        return with(context -> context.newHandler(allocator, delegatedTasks));
    }

    @Override
    protected SslHandler newHandler(ByteBufAllocator allocator, String peerHost, int peerPort, boolean startTls) {
        return with(context -> context.newHandler(allocator, peerHost, peerPort));
    }

    @Override
    public SslHandler newHandler(ByteBufAllocator allocator, String peerHost, int peerPort, Executor delegatedTasks) {
        return with(context -> context.newHandler(allocator, peerHost, peerPort, delegatedTasks));
    }

    @Override
    protected SslHandler newHandler(
            ByteBufAllocator allocator, String peerHost, int peerPort, boolean startTls, Executor delegatedTasks) {
        return with(context -> context.newHandler(allocator, peerHost, peerPort, delegatedTasks));
    }
}
