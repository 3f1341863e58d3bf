package io.weft.tests.differential;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of the TLS cases, made anew for each run: {@code ca.pem}, and of each of server, client, upstream and stranger
 * (signed by another CA) {@code NAME.pem} and {@code NAME.key}.
 */
public final class TestCertificates {
    private static final char[] NO_PASSWORD = new char[0];

    private record Identity(X509Certificate certificate, PrivateKey key) {}

    private final Path folder;
    private final Identity authority;
    private final Identity client;
    private final Identity stranger;
    private final Identity upstream;

    public TestCertificates(Path folder) throws IOException, GeneralSecurityException, OperatorCreationException {
        this.folder = folder;
        this.authority = authority("Test CA");
        Identity other = authority("Another CA");
        write("ca.pem", authority.certificate());
        write("other-ca.pem", other.certificate());
        issue("server", authority, "spiffe://example.org/ns/shop/sa/cart", "cart.example");
        this.client = issue("client", authority, "spiffe://example.org/ns/shop/sa/web", "web.example");
        this.upstream = issue("upstream", authority, "spiffe://example.org/ns/shop/sa/stock", "stock.example");
        this.stranger = issue("stranger", other, "spiffe://example.org/ns/shop/sa/web", "web.example");
    }

    public Path folder() {
        return folder;
    }

    /** A client's context with one certificate, or none. It believes any server: the proxies are what is tested. */
    public SSLContext client(@Nullable String certificate) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                keys(identity(certificate)).getKeyManagers(),
                InsecureTrustManagerFactory.INSTANCE.getTrustManagers(),
                new SecureRandom());
        return context;
    }

    public SslContext http2Client(@Nullable String certificate) throws GeneralSecurityException, IOException {
        return SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .keyManager(keys(identity(certificate)))
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2))
                .build();
    }

    /** The upstream's context: it accepts only certificates of the test CA. */
    public SSLContext upstream() throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, NO_PASSWORD);
        trusted.setCertificateEntry("ca", authority.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(upstream).getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
        return context;
    }

    private @Nullable Identity identity(@Nullable String name) {
        return switch (name) {
            case null -> null;
            case "client" -> client;
            case "stranger" -> stranger;
            default -> throw new IllegalArgumentException("no client certificate " + name);
        };
    }

    private static KeyManagerFactory keys(@Nullable Identity identity) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, NO_PASSWORD);
        if (identity != null) {
            store.setKeyEntry("own", identity.key(), NO_PASSWORD, new X509Certificate[] {identity.certificate()});
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, NO_PASSWORD);
        return keys;
    }

    private Identity issue(String name, Identity issuer, String spiffeId, String dnsName)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        KeyPair keys = keyPair();
        JcaX509v3CertificateBuilder builder =
                builder(issuer.certificate().getSubjectX500Principal(), new X500Principal("CN=" + name), keys);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
            new GeneralName(GeneralName.uniformResourceIdentifier, spiffeId),
            new GeneralName(GeneralName.dNSName, dnsName)
        }));
        X509Certificate certificate = sign(builder, issuer.key());
        write(name + ".pem", certificate);
        write(name + ".key", new JcaPKCS8Generator(keys.getPrivate(), null));
        return new Identity(certificate, keys.getPrivate());
    }

    private static Identity authority(String name)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        KeyPair keys = keyPair();
        X500Principal subject = new X500Principal("CN=" + name);
        JcaX509v3CertificateBuilder builder = builder(subject, subject, keys);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        return new Identity(sign(builder, keys.getPrivate()), keys.getPrivate());
    }

    private static JcaX509v3CertificateBuilder builder(X500Principal issuer, X500Principal subject, KeyPair keys) {
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(64, new SecureRandom()),
                Date.from(now.minus(Duration.ofHours(1))),
                Date.from(now.plus(Duration.ofHours(12))),
                subject,
                keys.getPublic());
    }

    private static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException, OperatorCreationException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
    }

    private static KeyPair keyPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private void write(String file, Object content) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
            pem.writeObject(content);
        }
        Files.writeString(folder.resolve(file), text.toString());
    }
}
