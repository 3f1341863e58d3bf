package io.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TlsRejection;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import io.weft.engine.config.DataSource;
import io.weft.engine.config.DownstreamTls;
import io.weft.engine.config.StringMatcher;
import io.weft.engine.config.TlsSettings;
import io.weft.engine.config.TlsSettings.Certificate;
import io.weft.engine.config.TlsSettings.SanMatcher;
import io.weft.engine.config.TlsSettings.TlsVersion;
import io.weft.engine.config.TlsSettings.Trust;
import io.weft.engine.config.UpstreamTls;
import io.weft.proxy.tls.TestAuthority.Leaf;
import io.weft.proxy.tls.TlsHandshake.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfiguredTlsTest {
    private final TestAuthority authority = new TestAuthority("example.org");
    private final Watched<WorkloadIdentity> web = new Watched<>(authority.identity("shop", "web"));
    private final CertificateFiles files = new CertificateFiles();
    private final ConfiguredTls configured = new ConfiguredTls(
            new TlsContexts(InstantSource.system(), new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY)), files, web);

    @TempDir
    Path temporary;

    private Certificate certificate = new Certificate.None();
    private Trust trust = new Trust.None();

    @BeforeEach
    void writeFiles() throws Exception {
        KeyPair key = TestAuthority.newKey();
        Leaf leaf = new Leaf().dns("api.example.com").dns("*.apps.example.com");
        certificate = new Certificate.Pem(
                file("cert.pem", PemFiles.encode(authority.issue(leaf, key))),
                file("key.pem", PemFiles.encode(key.getPrivate())));
        trust = new Trust.Pem(file("ca.pem", PemFiles.encode(authority.root())));
    }

    @Test
    void exactNamesMeetCertificates() throws Exception {
        assertThat(rejection(dns(exact("api.example.com")))).isNull();
        assertThat(rejection(dns(exact("one.apps.example.com")))).isNull();
        assertThat(rejection(dns(exact("a.b.apps.example.com")))).isEqualTo(TlsRejection.WRONG_IDENTITY);
        assertThat(rejection(dns(exact("example.com")))).isEqualTo(TlsRejection.WRONG_IDENTITY);
        assertThat(rejection(new SanMatcher(SanMatcher.Kind.URI, exact("api.example.com"))))
                .isEqualTo(TlsRejection.WRONG_IDENTITY);
    }

    @Test
    void filesThatChangeAreServedToNewConnections() throws Exception {
        DownstreamTls downstream = new DownstreamTls(settings(certificate, new Trust.None()), false);
        try (ServedContext in = configured.server(downstream);
                ServedContext out = client("");
                TlsHandshake handshake = new TlsHandshake(in)) {
            String first = shown(handshake, out);
            KeyPair key = TestAuthority.newKey();
            TestAuthority next = new TestAuthority("example.org");
            file("cert.pem", PemFiles.encode(next.issue(new Leaf().dns("api.example.com"), key)));

            files.refresh();
            assertThat(shown(handshake, out)).as("its key is not there yet").isEqualTo(first);

            file("key.pem", PemFiles.encode(key.getPrivate()));
            files.refresh();
            Outcome stranger = handshake.connect(out);
            handshake.serverOutcome();
            assertThat(TlsFailures.reason(Objects.requireNonNull(stranger.failure())))
                    .as("the new root is not trusted yet")
                    .isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);

            file("ca.pem", PemFiles.encode(next.root()) + PemFiles.encode(authority.root()));
            files.refresh();
            assertThat(shown(handshake, out)).isNotEqualTo(first);

            file("cert.pem", "rubbish");
            files.refresh();
            assertThat(shown(handshake, out)).as("the last good one").isNotEqualTo(first);
        }
    }

    @Test
    void preparedFilesAreNotReadAgainByAConnection() throws Exception {
        TlsSettings settings = settings(certificate, trust);
        configured.prepare(settings);
        Files.delete(temporary.resolve("cert.pem"));
        Files.delete(temporary.resolve("key.pem"));
        Files.delete(temporary.resolve("ca.pem"));

        configured.client(new UpstreamTls(settings, ""), "", List.of()).close();
    }

    private static String shown(TlsHandshake handshake, ServedContext out) throws Exception {
        Outcome outcome = handshake.connect(out);
        handshake.serverOutcome();
        assertThat(outcome.failure()).isNull();
        return Objects.requireNonNull(Objects.requireNonNull(outcome.session()).peer())
                .sha256();
    }

    @Test
    void underAForeignRootNobodyProvesAnIdentityOfTheMesh() throws Exception {
        KeyPair key = TestAuthority.newKey();
        String web = "spiffe://example.org/ns/shop/sa/web";
        certificate = new Certificate.Pem(
                file("spiffe.pem", PemFiles.encode(authority.issue(new Leaf(web), key))),
                file("spiffe.key", PemFiles.encode(key.getPrivate())));
        try (ServedContext in = configured.server(new DownstreamTls(settings(certificate, new Trust.None()), false));
                ServedContext out = client("");
                TlsHandshake handshake = new TlsHandshake(in)) {
            PeerCertificate peer = Objects.requireNonNull(
                    Objects.requireNonNull(handshake.connect(out).session()).peer());

            assertThat(peer.id()).isNull();
            assertThat(peer.uris()).containsExactly(web);
        }
    }

    @Test
    void anotherRootIsRefused() throws Exception {
        TestAuthority stranger = new TestAuthority("example.org");
        trust = new Trust.Pem(file("stranger.pem", PemFiles.encode(stranger.root())));

        assertThat(rejection()).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
    }

    @Test
    void namesOfAPeerThatIsNotCheckedAreRefused() {
        trust = new Trust.None();

        assertThatThrownBy(() -> client("", dns(exact("api.example.com"))))
                .isInstanceOf(TlsConfigurationException.class)
                .hasMessageContaining("is not checked");
        assertThatThrownBy(() -> client("spiffe://example.org/ns/shop/sa/cart"))
                .isInstanceOf(TlsConfigurationException.class);
    }

    @Test
    void anEndpointsIdentityMustBeAmongItsClusters() {
        trust = new Trust.Sds(ConfiguredTls.BUNDLE);
        String cart = "spiffe://example.org/ns/shop/sa/cart";
        SanMatcher orders = new SanMatcher(SanMatcher.Kind.URI, exact("spiffe://example.org/ns/shop/sa/orders"));

        assertThatThrownBy(() -> client(cart, orders))
                .isInstanceOf(TlsConfigurationException.class)
                .hasMessageContaining(cart);
        client(cart).close();
        client("", orders).close();
    }

    @Test
    void prefixesMeetIdentitiesOfTheMesh() throws Exception {
        certificate = new Certificate.Sds(ConfiguredTls.SVID);
        trust = new Trust.Sds(ConfiguredTls.BUNDLE);

        assertThat(rejection(uri("spiffe://example.org/"))).isNull();
        assertThat(rejection(uri("spiffe://example.org/ns/shop/"))).isNull();
        assertThat(rejection(uri("spiffe://example.org/ns/other/"), uri("spiffe://example.org/ns/sho/")))
                .isEqualTo(TlsRejection.WRONG_IDENTITY);
    }

    private static SanMatcher uri(String prefix) {
        return new SanMatcher(SanMatcher.Kind.URI, new StringMatcher.Prefix(prefix, false));
    }

    @Test
    void filesThatCannotServeAreNamed() throws Exception {
        certificate = new Certificate.Pem(file("empty.pem", ""), file("key.pem", "rubbish"));
        assertThatThrownBy(() -> client(""))
                .isInstanceOf(TlsConfigurationException.class)
                .hasMessageContaining("empty.pem holds no certificate");
        certificate =
                new Certificate.Pem(file("cert.pem", PemFiles.encode(authority.root())), file("key.pem", "rubbish"));
        assertThatThrownBy(() -> client("")).hasMessageContaining("key.pem holds no private key");
        certificate = new Certificate.Pem(new DataSource.File(temporary + "/none"), file("key.pem", ""));
        assertThatThrownBy(() -> client("")).hasMessageContaining("none cannot be read");
        certificate = new Certificate.Sds("other");
        assertThatThrownBy(() -> client("")).hasMessageContaining("other is not known");
    }

    @Test
    void opensslsOlderKeyFormsAreRead() throws Exception {
        for (String command : List.of(
                "openssl ecparam -name prime256v1 -genkey -noout -out %s",
                "openssl ecparam -name secp384r1 -genkey -out %s",
                "openssl genrsa -traditional -out %s 2048",
                "openssl genpkey -algorithm ed25519 -out %s")) {
            Path key = temporary.resolve("generated.pem");
            Process process = new ProcessBuilder(command.formatted(key).split(" "))
                    .redirectErrorStream(true)
                    .start();
            byte[] output = process.getInputStream().readAllBytes();
            assertThat(process.waitFor())
                    .as(new String(output, StandardCharsets.UTF_8))
                    .isZero();

            assertThat(PemFiles.privateKey(Files.readAllBytes(key), "key").getEncoded())
                    .as(command)
                    .isNotEmpty();
        }
    }

    /** What the client thinks of the server; null: it is content. */
    private @Nullable TlsRejection rejection(SanMatcher... names) throws Exception {
        DownstreamTls downstream = new DownstreamTls(settings(certificate, new Trust.None()), false);
        try (ServedContext in = configured.server(downstream);
                ServedContext out = client("", names);
                TlsHandshake handshake = new TlsHandshake(in)) {
            Outcome outcome = handshake.connect(out);
            handshake.serverOutcome();
            return outcome.session() != null ? null : TlsFailures.reason(Objects.requireNonNull(outcome.failure()));
        }
    }

    private ServedContext client(String expectedIdentity, SanMatcher... names) {
        return configured.client(
                new UpstreamTls(settings(certificate, trust, names), ""), expectedIdentity, List.of("http/1.1"));
    }

    private static TlsSettings settings(Certificate certificate, Trust trust, SanMatcher... names) {
        return new TlsSettings(
                certificate, trust, List.of(names), List.of("http/1.1"), TlsVersion.TLS_1_2, TlsVersion.TLS_1_3);
    }

    private static SanMatcher dns(StringMatcher matcher) {
        return new SanMatcher(SanMatcher.Kind.DNS, matcher);
    }

    private static StringMatcher exact(String value) {
        return new StringMatcher.Exact(value, false);
    }

    private DataSource file(String name, String content) throws Exception {
        return new DataSource.File(
                Files.writeString(temporary.resolve(name), content).toString());
    }
}
