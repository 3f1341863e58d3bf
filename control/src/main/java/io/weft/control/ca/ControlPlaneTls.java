package io.weft.control.ca;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS of the control plane's port. It shows the SVID of the moment, with the root behind it, since a proxy with nothing but a
 * join token knows that root by its hash; it asks for a client certificate and verifies one that is given.
 */
public final class ControlPlaneTls {
    private static final int MAX_PEER_CHAIN_BYTES = 64 * 1024;

    private ControlPlaneTls() {}

    /** A context for the lifetime of the process: key and trust are read anew for each handshake. */
    public static SslContext server(
            Watched<WorkloadIdentity> identity, SvidVerifier verifier, InstantSource clock, RefusedPeers refused)
            throws SSLException {
        SslProvider provider = OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
        SslContextBuilder builder = GrpcSslContexts.configure(
                        SslContextBuilder.forServer(new OwnKey(identity)), provider)
                .trustManager(new MeshClients(identity, verifier, clock, refused))
                .clientAuth(ClientAuth.OPTIONAL)
                .protocols("TLSv1.3", "TLSv1.2");
        if (provider == SslProvider.OPENSSL) {
            builder.option(OpenSslContextOption.GROUPS, new String[] {"X25519MLKEM768", "X25519", "P-256"})
                    .option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, MAX_PEER_CHAIN_BYTES);
        }
        return builder.build();
    }

    /** One key, under an alias that changes with it, so that nobody pairs an old certificate with a new key. */
    private static final class OwnKey extends X509ExtendedKeyManager {
        private final Watched<WorkloadIdentity> identity;
        /** The last two: a handshake that began before a renewal ends after it. */
        private volatile List<WorkloadIdentity> recent;

        OwnKey(Watched<WorkloadIdentity> identity) {
            this.identity = identity;
            this.recent = List.of(identity.get());
        }

        private static String alias(WorkloadIdentity identity) {
            return identity.svid().leaf().getSerialNumber().toString(16);
        }

        private String choose() {
            WorkloadIdentity now = identity.get();
            List<WorkloadIdentity> known = recent;
            if (!known.getFirst().equals(now)) {
                recent = List.of(now, known.getFirst());
            }
            return alias(now);
        }

        private @Nullable WorkloadIdentity find(String alias) {
            return recent.stream()
                    .filter(known -> alias(known).equals(alias))
                    .findFirst()
                    .orElse(null);
        }

        private static boolean fits(@Nullable String keyType) {
            return keyType != null && keyType.startsWith("EC");
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return fits(keyType) ? choose() : null;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return fits(keyType) ? choose() : null;
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return fits(keyType) ? new String[] {choose()} : null;
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            WorkloadIdentity found = find(alias);
            if (found == null) {
                return null;
            }
            List<X509Certificate> chain = new ArrayList<>(found.svid().chain());
            chain.addAll(found.bundle().roots());
            return chain.toArray(X509Certificate[]::new);
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            WorkloadIdentity found = find(alias);
            return found == null ? null : found.svid().privateKey();
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }
    }

    private static final class MeshClients extends X509ExtendedTrustManager {
        private final Watched<WorkloadIdentity> identity;
        private final SvidVerifier verifier;
        private final InstantSource clock;
        private final RefusedPeers refused;

        MeshClients(
                Watched<WorkloadIdentity> identity, SvidVerifier verifier, InstantSource clock, RefusedPeers refused) {
            this.identity = identity;
            this.verifier = verifier;
            this.clock = clock;
            this.refused = refused;
        }

        private void verify(X509Certificate[] chain) throws TlsRejectedException {
            try {
                verifier.verify(List.of(chain), Role.CLIENT, identity.get().bundle(), Set.of(), clock.instant());
            } catch (TlsRejectedException e) {
                refused.add(e, chain);
                throw e;
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            verify(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
                throws CertificateException {
            verify(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
                throws CertificateException {
            verify(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("this end is a server: it has no servers to trust");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
                throws CertificateException {
            checkServerTrusted(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
                throws CertificateException {
            checkServerTrusted(chain, authType);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
