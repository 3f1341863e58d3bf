package io.weft.proxy.identity;

import io.weft.core.identity.JoinToken;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustDomain;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import io.weft.proxy.grpc.GrpcChannel;
import io.weft.proxy.grpc.GrpcTarget;
import io.weft.proxy.tls.OwnCertificate;
import io.weft.proxy.tls.PeerTrust;
import io.weft.proxy.tls.ServedContext;
import io.weft.proxy.tls.TlsContexts;
import io.weft.proxy.tls.TlsParameters;
import io.weft.proxy.transport.EventLoops;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Connections to the control plane's port: mutual TLS with the workload's SVID, and before there is one, TLS whose root a join
 * token pins. In both cases the peer must be {@code ns/weft-system/sa/control-plane} of the trust domain.
 */
public final class ControlPlaneChannels {
    private static final TlsParameters TLS = TlsParameters.mesh(List.of("h2"));

    /** A control plane whose host vanished would else look like one that has nothing to say. */
    private static final GrpcTarget.KeepAlive KEEP_ALIVE =
            new GrpcTarget.KeepAlive(Duration.ofSeconds(10), Duration.ofSeconds(5));

    private final String host;
    private final int port;
    private final TlsContexts contexts;
    private final EventLoops sockets;

    public ControlPlaneChannels(String host, int port, TlsContexts contexts, EventLoops sockets) {
        if (host.isEmpty() || port < 1 || port > 65535) {
            throw new IllegalArgumentException(
                    "control plane \"" + host + "\" port " + port + ": expected a host and a port of 1 to 65535");
        }
        this.host = host;
        this.port = port;
        this.contexts = contexts;
        this.sockets = sockets;
    }

    /** The control plane's identity in a trust domain. */
    public static SpiffeId controlPlane(TrustDomain trustDomain) {
        return SpiffeId.ofServiceAccount(trustDomain, "weft-system", "control-plane");
    }

    /** A channel and the TLS context below it; both end together. */
    public static final class Connection implements AutoCloseable {
        private final GrpcChannel channel;
        private final ServedContext tls;

        private Connection(GrpcChannel channel, ServedContext tls) {
            this.channel = channel;
            this.tls = tls;
        }

        public GrpcChannel channel() {
            return channel;
        }

        /** Ends the channel's calls; waits for them, shortly. */
        @Override
        public void close() {
            channel.close();
            tls.close();
        }
    }

    /** Without a client certificate: good for one call of Sign. */
    public Connection firstTrust(JoinToken token) {
        JoinToken.Claims claims = token.claims();
        PeerTrust pinned = new PeerTrust.PinnedRoot(claims.rootSha256(), controlPlane(claims.trustDomain()));
        return open(contexts.client(new OwnCertificate.None(), pinned, TLS));
    }

    /** Connections of this channel show the SVID of the moment at which they begin. */
    public Connection mutual(Watched<WorkloadIdentity> identity) {
        SpiffeId peer = controlPlane(identity.get().id().trustDomain());
        return open(contexts.outbound(identity, Set.of(peer), TLS));
    }

    private Connection open(ServedContext tls) {
        return new Connection(new GrpcChannel(sockets, new GrpcTarget(host, port, tls, KEEP_ALIVE)), tls);
    }
}
