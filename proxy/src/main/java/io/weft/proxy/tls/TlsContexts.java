package io.weft.proxy.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import io.weft.core.watch.Watched;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes TLS contexts, for both directions, of whatever this side shows and believes. One per process: it decides which engine
 * is used, BoringSSL, or the JDK's where that one does not load.
 */
public final class TlsContexts {
    private static final Logger LOG = LoggerFactory.getLogger(TlsContexts.class);

    // A peer's chain is parsed before it is believed: ours have two certificates of about 600 bytes.
    private static final int MAX_PEER_CHAIN_BYTES = 64 * 1024;

    /** Of a client, to all endpoints of a cluster; about 5 KiB each. */
    private static final long SESSION_CACHE_SIZE = 256;

    private static final long SESSION_SECONDS = 3600;

    private final InstantSource clock;
    private final SvidVerifier verifier;
    private final SslProvider provider;

    /** With BoringSSL where it loads; else warns once and uses the JDK's engine. */
    public TlsContexts(InstantSource clock, SvidVerifier verifier) {
        this(clock, verifier, chooseProvider());
    }

    TlsContexts(InstantSource clock, SvidVerifier verifier, SslProvider provider) {
        this.clock = clock;
        this.verifier = verifier;
        this.provider = provider;
    }

    private static SslProvider chooseProvider() {
        if (OpenSsl.isAvailable()) {
            return SslProvider.OPENSSL_REFCNT;
        }
        LOG.warn(
                "BoringSSL does not load ({}): TLS runs on the JDK's engine. A handshake costs about three times the CPU, and keys are exchanged by X25519"
                        + " without X25519MLKEM768, which is not safe from quantum computers",
                String.valueOf(OpenSsl.unavailabilityCause()));
        return SslProvider.JDK;
    }

    /** Mutual TLS with meshed clients: shows the workload's SVID and believes those of its trust domain. */
    public ServedContext inbound(
            Watched<WorkloadIdentity> identity, ClientCertificates clients, TlsParameters parameters) {
        return server(new OwnCertificate.Svid(identity), new PeerTrust.Mesh(identity, Set.of()), clients, parameters);
    }

    /**
     * Mutual TLS with a meshed server that must be one of {@code expected}; empty: any of the trust domain. The server name
     * (SNI) is the host that {@link ServedContext#newHandler(io.netty.buffer.ByteBufAllocator, String, int)} is given.
     */
    public ServedContext outbound(
            Watched<WorkloadIdentity> identity, Set<SpiffeId> expected, TlsParameters parameters) {
        return client(new OwnCertificate.Svid(identity), new PeerTrust.Mesh(identity, expected), parameters);
    }

    /**
     * Any server side.
     *
     * @throws TlsConfigurationException where it shows no certificate, or one that does not fit its key
     */
    public ServedContext server(
            OwnCertificate own, PeerTrust trust, ClientCertificates clients, TlsParameters parameters) {
        ClientAuth clientAuth = switch (clients) {
            case REQUIRED -> ClientAuth.REQUIRE;
            case REQUESTED -> ClientAuth.OPTIONAL;
            case NONE -> ClientAuth.NONE;
        };
        return new ServedContext(false, trust, version(own, trust), clock, () -> {
            Shown shown = shown(own);
            if (shown == null) {
                throw new TlsConfigurationException("a TLS server needs a certificate");
            }
            return build(
                    SslContextBuilder.forServer(shown.privateKey(), shown.chain())
                            .clientAuth(clientAuth),
                    trust,
                    parameters);
        });
    }

    /**
     * Any client side.
     *
     * @throws TlsConfigurationException where the certificate does not fit its key
     */
    public ServedContext client(OwnCertificate own, PeerTrust trust, TlsParameters parameters) {
        return new ServedContext(true, trust, version(own, trust), clock, () -> {
            SslContextBuilder builder = SslContextBuilder.forClient();
            Shown shown = shown(own);
            if (shown != null) {
                builder.keyManager(shown.privateKey(), shown.chain());
            }
            return build(builder, trust, parameters);
        });
    }

    private record Shown(List<X509Certificate> chain, PrivateKey privateKey) {}

    /**
     * What a context is rebuilt for; the sessions that began before go with it.
     *
     * @param shown null: nothing is
     * @param ended whether that is past its end: who resumed a session would not notice
     * @param trusted the roots
     */
    private record Version(@Nullable Shown shown, boolean ended, Object trusted) {}

    private static final Object UNCHANGING = "";

    private Supplier<Object> version(OwnCertificate own, PeerTrust trust) {
        return () -> {
            Shown shown = shown(own);
            return new Version(shown, shown != null && hasEnded(shown.chain().getFirst()), trusted(trust));
        };
    }

    private boolean hasEnded(X509Certificate leaf) {
        return clock.instant().isAfter(leaf.getNotAfter().toInstant().plus(verifier.leeway()));
    }

    /**
     * Verifiers read the roots of the moment at each handshake. But whom those do not prove any longer shall be refused by an alert that says why, for which it
     * is too late when a session is resumed; and a server names its roots to its clients.
     */
    private static Object trusted(PeerTrust trust) {
        return switch (trust) {
            case PeerTrust.Mesh mesh -> mesh.identity().get().bundle();
            case PeerTrust.Roots roots -> roots.roots().get();
            case PeerTrust.PinnedRoot _, PeerTrust.Anyone() -> UNCHANGING;
        };
    }

    private static @Nullable Shown shown(OwnCertificate own) {
        return switch (own) {
            case OwnCertificate.Svid(Watched<WorkloadIdentity> identity) -> {
                X509Svid svid = identity.get().svid();
                yield new Shown(svid.chain(), svid.privateKey());
            }
            case OwnCertificate.Files(Watched<OwnCertificate.Fixed> source) -> {
                OwnCertificate.Fixed fixed = source.get();
                yield new Shown(fixed.chain(), fixed.privateKey());
            }
            case OwnCertificate.Fixed(List<X509Certificate> chain, PrivateKey privateKey) ->
                new Shown(chain, privateKey);
            case OwnCertificate.None() -> null;
        };
    }

    private VerifiedPeers verifier(PeerTrust trust) {
        return switch (trust) {
            case PeerTrust.Mesh mesh -> new SpiffeVerifier(mesh, verifier, clock);
            case PeerTrust.Roots roots -> new RootsVerifier(roots, verifier, clock);
            case PeerTrust.PinnedRoot pinned -> new PinnedRootVerifier(pinned, verifier, clock);
            case PeerTrust.Anyone() -> new AnyPeer();
        };
    }

    private SslContext build(SslContextBuilder builder, PeerTrust trust, TlsParameters parameters) throws SSLException {
        SslProvider engine = parameters.halfCloses() ? SslProvider.JDK : provider;
        builder.sslProvider(engine)
                // Netty keeps the key in a key store in memory. One of PKCS 12, the default, costs 50 ms of key
                // derivation for each context.
                .keyStoreType("JKS")
                .trustManager(verifier(trust))
                // Identities are checked by the verifier: a SPIFFE ID says who a peer is, its host name does not.
                .endpointIdentificationAlgorithm(null)
                .sessionCacheSize(SESSION_CACHE_SIZE)
                .sessionTimeout(SESSION_SECONDS)
                .protocols(versions(parameters));
        if (!parameters.ciphers().isEmpty()) {
            builder.ciphers(parameters.ciphers());
        }
        if (!parameters.alpn().isEmpty()) {
            // A peer that offers none of ours connects without a protocol (what Envoy does), and detection decides.
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    parameters.alpn()));
        }
        if (engine != SslProvider.JDK) {
            builder.option(OpenSslContextOption.GROUPS, parameters.groups().toArray(String[]::new))
                    .option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, MAX_PEER_CHAIN_BYTES);
        }
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new TlsConfigurationException("the TLS context cannot be made: " + e.getMessage(), e);
        }
    }

    private static List<String> versions(TlsParameters parameters) {
        return Arrays.stream(TlsParameters.Version.values())
                .filter(version ->
                        version.compareTo(parameters.minimum()) >= 0 && version.compareTo(parameters.maximum()) <= 0)
                .map(TlsParameters.Version::engineName)
                .toList();
    }
}
