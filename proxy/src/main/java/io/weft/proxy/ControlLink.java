package io.weft.proxy;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TrustDomain;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.TlsSettings.Certificate;
import io.weft.proxy.bootstrap.NodeSettings;
import io.weft.proxy.grpc.GrpcChannel;
import io.weft.proxy.grpc.GrpcTarget;
import io.weft.proxy.identity.ControlPlaneChannels;
import io.weft.proxy.identity.ControlPlaneSigner;
import io.weft.proxy.identity.ControlPlaneSigner.JoinTokenSource;
import io.weft.proxy.identity.SvidCache;
import io.weft.proxy.identity.SvidManager;
import io.weft.proxy.tls.TlsContexts;
import io.weft.proxy.transport.EventLoops;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The way to the control plane that a bootstrap names: with mutual TLS and an identity where its cluster asks for {@code weft:svid}, in plain text
 * where it has no TLS (somebody else's control plane).
 */
final class ControlLink implements Component {
    private final Address address;
    private final EventLoops sockets;
    private final @Nullable SvidManager svids;
    private final @Nullable ControlPlaneChannels channels;
    private final ExecutorService blocking;
    private ControlPlaneChannels.@Nullable Connection mutual;
    private @Nullable GrpcChannel plain;

    private ControlLink(
            Address address,
            EventLoops sockets,
            @Nullable SvidManager svids,
            @Nullable ControlPlaneChannels channels,
            ExecutorService blocking) {
        this.address = address;
        this.sockets = sockets;
        this.svids = svids;
        this.channels = channels;
        this.blocking = blocking;
    }

    /**
     * @param cluster through which the control plane is reached
     * @param sockets where its connections live
     * @throws ProxyFailedException where the cluster has no address, or the node does not say whom it stands for
     */
    static ControlLink to(
            Cluster cluster,
            NodeSettings node,
            ProxyOptions options,
            TlsContexts contexts,
            SvidVerifier verifier,
            Scheduler scheduler,
            EventLoops sockets)
            throws ProxyFailedException {
        Address address = addressOf(cluster);
        ExecutorService blocking = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("weft-identity-", 0).factory());
        if (cluster.tls() == null) {
            return new ControlLink(address, sockets, null, null, blocking);
        }
        if (!(cluster.tls().settings().certificate() instanceof Certificate.Sds)) {
            throw new ProxyFailedException("cluster " + cluster.name()
                    + " of the control plane: expected the SDS certificate weft:svid, or no TLS");
        }
        if (!node.hasWorkload() || node.trustDomain().isEmpty()) {
            throw new ProxyFailedException("node.metadata.weft: expected namespace, workload, serviceAccount and"
                    + " trustDomain, since the control plane is reached with an identity");
        }
        SpiffeId id =
                SpiffeId.ofServiceAccount(new TrustDomain(node.trustDomain()), node.namespace(), node.serviceAccount());
        ControlPlaneChannels channels = new ControlPlaneChannels(address.host(), address.port(), contexts, sockets);
        InstantSource clock = InstantSource.system();
        Path tokenFile = options.tokenFile();
        JoinTokenSource tokens = tokenFile == null ? () -> null : JoinTokenSource.file(tokenFile);
        SvidManager svids = new SvidManager(
                id,
                new ControlPlaneSigner(channels, id, tokens, Duration.ZERO, verifier, clock),
                new SvidCache(options.stateDirectory().resolve("identity"), verifier, clock),
                scheduler,
                blocking,
                clock,
                RandomGenerator.of("SplittableRandom"));
        return new ControlLink(address, sockets, svids, channels, blocking);
    }

    private static Address addressOf(Cluster cluster) throws ProxyFailedException {
        var assignment = switch (cluster.discovery()) {
            case Cluster.Discovery.Static(var endpoints) -> endpoints;
            case Cluster.Discovery.Dns dns -> dns.endpoints();
            case Cluster.Discovery.Eds _, Cluster.Discovery.Passthrough _ -> null;
        };
        if (assignment == null
                || assignment.localities().isEmpty()
                || assignment.localities().getFirst().endpoints().isEmpty()) {
            throw new ProxyFailedException(
                    "cluster " + cluster.name() + " of the control plane: expected a static or DNS endpoint");
        }
        return assignment.localities().getFirst().endpoints().getFirst().address();
    }

    @Override
    public String name() {
        return "control plane connection";
    }

    @Override
    public void start() throws Exception {
        if (svids != null && channels != null) {
            svids.start();
            mutual = channels.mutual(svids.identity());
        } else {
            plain = new GrpcChannel(sockets, GrpcTarget.plain(address.host(), address.port()));
        }
    }

    @Override
    public void stop() {
        if (mutual != null) {
            mutual.close();
        }
        if (plain != null) {
            plain.close();
        }
        if (svids != null) {
            svids.stop();
        }
        blocking.shutdownNow();
    }

    GrpcChannel channel() {
        if (mutual != null) {
            return mutual.channel();
        }
        if (plain != null) {
            return plain;
        }
        throw new IllegalStateException("the connection was not started");
    }

    /** The workload's identity; null where the control plane is reached in plain text. */
    @Nullable
    Watched<WorkloadIdentity> identity() {
        return svids == null ? null : svids.identity();
    }

    @Nullable
    SvidManager svids() {
        return svids;
    }
}
