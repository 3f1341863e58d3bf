package io.weft.tests.identity;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.weft.control.ca.CertificateAuthority;
import io.weft.control.ca.CertificateService;
import io.weft.control.ca.ControlPlaneIdentity;
import io.weft.control.ca.ControlPlaneTls;
import io.weft.control.ca.JoinTokens;
import io.weft.control.ca.PeerIdentity;
import io.weft.control.ca.RefusedJoin;
import io.weft.control.ca.RefusedJoins;
import io.weft.control.ca.RefusedPeers;
import io.weft.control.ca.SvidLife;
import io.weft.core.identity.JoinToken;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TrustDomain;
import io.weft.core.time.SystemScheduler;
import io.weft.core.time.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The part of a control plane that signs, on a loopback port. */
final class Authority implements AutoCloseable {
    private final InstantSource clock = InstantSource.system();
    private final RefusedJoins refusedJoins = new RefusedJoins(clock);
    private final SystemScheduler scheduler = new SystemScheduler("authority");
    private final JoinTokens tokens;
    private final ControlPlaneIdentity own;
    private final Server server;

    Authority(Path directory, TrustDomain trustDomain, SvidLife life, int port) throws Exception {
        CertificateAuthority authority = CertificateAuthority.open(directory, trustDomain, life, clock);
        tokens = new JoinTokens(authority, clock);
        own = new ControlPlaneIdentity(authority, scheduler, clock);
        own.start();
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .sslContext(ControlPlaneTls.server(
                        own.identity(),
                        new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY),
                        clock,
                        new RefusedPeers(Ticker.system(), refusedJoins)))
                .intercept(new PeerIdentity(Set.of(CertificateService.SIGN), SvidVerifier.DEFAULT_LEEWAY, clock))
                .addService(new CertificateService(
                        authority, tokens, Ticker.system(), () -> Duration.ofDays(30), refusedJoins))
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    List<RefusedJoin> refusedJoins() {
        return refusedJoins.recent();
    }

    JoinToken token(String serviceAccount, Duration life) {
        return tokens.create("shop", serviceAccount, "", life);
    }

    @Override
    public void close() {
        own.stop();
        scheduler.close();
        server.shutdownNow();
        try {
            server.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
