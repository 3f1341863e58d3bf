package io.weft.control.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.core.identity.Fingerprint;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TrustDomain;
import io.weft.core.identity.X509Svid;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
    private static final TrustDomain DOMAIN = new TrustDomain("example.org");
    private static final SpiffeId CART = SpiffeId.ofServiceAccount(DOMAIN, "shop", "cart");

    private final InstantSource clock = InstantSource.system();

    @TempDir
    Path temporary;

    private Path directory;
    private CertificateAuthority authority;

    @BeforeEach
    void openAuthority() throws CertificateAuthorityException {
        directory = temporary.resolve("ca");
        authority = open(DOMAIN);
    }

    @Test
    void theRootIsMadeOnceAndKeptPrivately() throws Exception {
        assertThat(open(DOMAIN).rootSha256()).isEqualTo(authority.rootSha256());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        X509Certificate root = authority.bundle().roots().getFirst();
        assertThat(root.getBasicConstraints()).isZero();
        assertThat(root.getSubjectAlternativeNames()).containsExactly(List.of(6, "spiffe://example.org"));
    }

    @Test
    void processesThatStartAtOnceShareOneRoot() throws Exception {
        Path shared = temporary.resolve("shared");
        Callable<String> opening = () -> CertificateAuthority.open(shared, DOMAIN, SvidLife.DEFAULT, clock)
                .rootSha256();
        try (ExecutorService processes = Executors.newFixedThreadPool(8)) {
            List<String> roots = new ArrayList<>();
            for (Future<String> root : processes.invokeAll(List.of(opening, opening, opening, opening, opening))) {
                roots.add(root.get());
            }
            assertThat(Set.copyOf(roots)).hasSize(1);
        }
    }

    @Test
    void opensslAcceptsWhatIsSigned() throws Exception {
        List<X509Certificate> chain = authority.sign(Requests.request(), CART, Duration.ofHours(1));
        Path leaf = temporary.resolve("leaf.pem");
        Files.write(leaf, AuthorityFile.encode(chain.getFirst()));

        Path root = directory.resolve("root.pem");
        assertThat(openssl("verify", "-x509_strict", "-CAfile", root.toString(), leaf.toString()))
                .contains("OK");
        assertThat(openssl("x509", "-noout", "-text", "-in", leaf.toString()))
                .contains("URI:spiffe://example.org/ns/shop/sa/cart")
                .containsPattern("Subject Alternative Name: critical")
                .containsPattern("Key Usage: critical\\s+Digital Signature\n")
                .containsPattern("TLS Web Server Authentication, TLS Web Client Authentication")
                .contains("CA:FALSE");
        assertThat(openssl("x509", "-noout", "-text", "-in", root.toString()))
                .contains("CA:TRUE, pathlen:0")
                .contains("Certificate Sign, CRL Sign");
    }

    @Test
    void whatIsSignedVerifiesAsAnSvid() throws Exception {
        List<X509Certificate> chain = authority.sign(Requests.request(), CART, Duration.ZERO);

        SpiffeId proved = new SvidVerifier(Duration.ZERO)
                .verify(chain, SvidVerifier.Role.CLIENT, authority.bundle(), Set.of(CART), clock.instant());

        assertThat(proved).isEqualTo(CART);
        assertThat(chain.getFirst().getSerialNumber().bitLength()).isEqualTo(128);
    }

    @Test
    void livesAreGivenAsAskedWithinTheBounds() throws Exception {
        assertThat(life(Duration.ZERO)).isEqualTo(Duration.ofHours(24));
        assertThat(life(Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(30));
        assertThat(life(Duration.ofDays(400))).isEqualTo(Duration.ofHours(24));
        assertThat(life(Duration.ofMillis(1))).isEqualTo(SvidLife.SHORTEST);
    }

    private Duration life(Duration asked) throws Exception {
        X509Certificate leaf = authority.sign(Requests.request(), CART, asked).getFirst();
        Duration backdated = Duration.ofSeconds(60);
        return Duration.between(
                        leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant())
                .minus(backdated);
    }

    @Test
    void certificatesAreBackdated() throws Exception {
        Instant now = Instant.parse("2026-05-01T12:00:00Z");
        CertificateAuthority fixed =
                CertificateAuthority.open(temporary.resolve("fixed"), DOMAIN, SvidLife.DEFAULT, () -> now);

        X509Svid svid = fixed.issue(CART, Duration.ZERO).svid();

        assertThat(svid.notBefore()).isEqualTo(now.minusSeconds(60));
        assertThat(svid.notAfter()).isEqualTo(now.plus(Duration.ofHours(24)));
    }

    @Test
    void allGoodKindsOfKeysAreSigned() throws Exception {
        assertThat(signed(Requests.request(Requests.ecKey("secp384r1"), "SHA384withECDSA")))
                .isTrue();
        assertThat(signed(Requests.request(Requests.rsaKey(2048), "SHA256withRSA")))
                .isTrue();
    }

    private boolean signed(byte[] request) throws CertificateAuthorityException {
        return !authority.sign(request, CART, Duration.ZERO).isEmpty();
    }

    @Test
    void badRequestsAreRefused() throws Exception {
        KeyPair key = Requests.ecKey("secp256r1");
        KeyPair thief = Requests.ecKey("secp256r1");
        refused(Requests.request(key.getPublic(), thief.getPrivate(), "SHA256withECDSA"), "not signed by its own key");
        refused(Requests.request(Requests.rsaKey(1024), "SHA256withRSA"), "RSA key of 1024 bits");
        refused(Requests.request(Requests.rsaKey(2048), "SHA1withRSA"), "expected ECDSA, RSA or Ed25519 with SHA-2");
        refused(Requests.request(Requests.ecKey("secp521r1"), "SHA256withECDSA"), "EC key of 521 bits");
        refused(new byte[0], "0 bytes");
        refused(new byte[SigningRequest.MAX_BYTES + 1], "bytes");
        refused("not DER".getBytes(StandardCharsets.UTF_8), "PKCS #10");
        byte[] request = Requests.request();
        for (int cut = 1; cut < request.length; cut += 7) {
            byte[] part = java.util.Arrays.copyOf(request, cut);
            assertThatThrownBy(() -> signed(part)).isInstanceOf(CertificateAuthorityException.class);
        }
    }

    private void refused(byte[] request, String why) {
        assertThatThrownBy(() -> signed(request))
                .isInstanceOf(CertificateAuthorityException.class)
                .hasMessageContaining(why);
    }

    @Test
    void identitiesOfOthersAreNotSigned() throws Exception {
        byte[] request = Requests.request();
        SpiffeId foreign = SpiffeId.ofServiceAccount(new TrustDomain("example.com"), "shop", "cart");
        assertThatThrownBy(() -> authority.sign(request, foreign, Duration.ZERO))
                .isInstanceOf(CertificateAuthorityException.class)
                .hasMessageContaining("example.org");
        assertThatThrownBy(() -> authority.sign(request, new SpiffeId(DOMAIN, ""), Duration.ZERO))
                .isInstanceOf(CertificateAuthorityException.class);
    }

    @Test
    void filesThatOthersMayReadAreRefused() throws Exception {
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> open(DOMAIN)).hasMessageContaining("chmod 600 " + file());
    }

    @Test
    void damagedFilesAreNamed() throws Exception {
        String good = Files.readString(file());
        damaged("", "lacks the root certificate");
        damaged("rubbish", "lacks the root certificate");
        damaged(good.substring(0, good.indexOf("-----BEGIN PRIVATE")), "lacks the private key");
        damaged(good.substring(0, good.length() / 4), "is damaged");
        damaged(good.replaceFirst("M", "\u0000"), "is damaged");
        CertificateAuthority other =
                CertificateAuthority.open(temporary.resolve("other"), DOMAIN, SvidLife.DEFAULT, clock);
        assertThat(other.rootSha256()).isNotEqualTo(authority.rootSha256());
        String key = Files.readString(temporary.resolve("other/authority.pem"));
        damaged(
                good.substring(0, good.indexOf("-----BEGIN PRIVATE"))
                        + key.substring(key.indexOf("-----BEGIN PRIVATE")),
                "its key is not the certificate's");
    }

    private void damaged(String content, String what) throws Exception {
        Files.writeString(file(), content);
        assertThatThrownBy(() -> open(DOMAIN))
                .isInstanceOf(CertificateAuthorityException.class)
                .hasMessageContaining(file().toString())
                .hasMessageContaining(what);
    }

    @Test
    void anotherTrustDomainsRootIsRefused() {
        assertThatThrownBy(() -> open(new TrustDomain("example.com")))
                .hasMessageContaining("spiffe://example.org")
                .hasMessageContaining("spiffe://example.com");
    }

    @Test
    void tokensPinTheRoot() {
        assertThat(authority.rootSha256())
                .isEqualTo(Fingerprint.sha256(authority.bundle().roots().getFirst()));
    }

    private CertificateAuthority open(TrustDomain trustDomain) throws CertificateAuthorityException {
        return CertificateAuthority.open(directory, trustDomain, SvidLife.DEFAULT, clock);
    }

    private Path file() {
        return directory.resolve("authority.pem");
    }

    private static String openssl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
