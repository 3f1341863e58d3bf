package io.weft.tests.faults.certificate;

import io.weft.tests.faults.certificate.Forger.Credential;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** The JDK's TLS, which shows what it is given, whatever is wrong with it, and believes everybody, or nobody. */
final class ForeignTls {
    private static final int TIMEOUT_MILLIS = 10_000;

    private ForeignTls() {}

    static SSLContext context(@Nullable Credential shown, boolean believes) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    shown == null ? null : new KeyManager[] {new Shows(shown)},
                    new TrustManager[] {new Believes(believes)},
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Asks a proxy's inbound listener for a page.
     *
     * @param protocol that ALPN offers
     * @param shown null: no certificate
     * @return the answer's first line
     */
    static String ask(int port, String protocol, @Nullable Credential shown) throws IOException {
        try (SSLSocket socket = (SSLSocket)
                context(shown, true).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {protocol});
            parameters.setServerNames(List.of(new SNIHostName("8080.cart.shop.svc.cluster.local")));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nhost: cart.shop:8080\r\nconnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answer.lines().findFirst().orElse("");
        }
    }

    /** Serves 200 to whoever gets through the handshake. */
    static final class Impostor implements AutoCloseable {
        private final SSLServerSocket socket;

        Impostor(Credential shown, boolean believes) throws IOException {
            socket = (SSLServerSocket) context(shown, believes)
                    .getServerSocketFactory()
                    .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
            socket.setNeedClientAuth(true);
            Thread.ofVirtual().start(this::serve);
        }

        int port() {
            return socket.getLocalPort();
        }

        private void serve() {
            while (!socket.isClosed()) {
                try {
                    SSLSocket client = (SSLSocket) socket.accept();
                    Thread.ofVirtual().start(() -> answer(client));
                } catch (IOException e) {
                    return;
                }
            }
        }

        private static void answer(SSLSocket client) {
            try (client) {
                client.setSoTimeout(TIMEOUT_MILLIS);
                client.startHandshake();
                byte[] head = new byte[4096];
                if (client.getInputStream().read(head) > 0) {
                    client.getOutputStream()
                            .write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                }
            } catch (IOException e) {
                // It was refused, as it should be.
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final class Shows extends X509ExtendedKeyManager {
        private final Credential shown;

        Shows(Credential shown) {
            this.shown = shown;
        }

        private @Nullable String alias(String keyType) {
            return keyType.startsWith(shown.key().getAlgorithm()) ? keyType : null;
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias(keyType);
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias(keyType);
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
            for (String keyType : keyTypes) {
                if (alias(keyType) != null) {
                    return keyType;
                }
            }
            return null;
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return shown.chain().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return shown.key();
        }
    }

    private static final class Believes extends X509ExtendedTrustManager {
        private final boolean everybody;

        Believes(boolean everybody) {
            this.everybody = everybody;
        }

        private void check() throws CertificateException {
            if (!everybody) {
                throw new CertificateException("nobody is believed here");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            check();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            check();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            check();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            check();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
