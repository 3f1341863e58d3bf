package io.weft.proxy.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TlsRejection;
import io.weft.core.identity.TrustBundle;
import io.weft.core.identity.TrustDomain;
import io.weft.core.identity.VerifiedPaths;
import io.weft.proxy.tls.TestAuthority;
import io.weft.proxy.tls.TestAuthority.Leaf;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptPathsTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String WEB = "spiffe://example.org/ns/shop/sa/web";

    private final ManualTime time = new ManualTime();
    private final TestAuthority authority = new TestAuthority("example.org");
    private final X509Certificate web =
            authority.issue(new Leaf(WEB).purposes("1.3.6.1.5.5.7.3.1"), TestAuthority.newKey());

    @TempDir
    Path directory;

    /** A process that verified the chain of web, and ended. */
    @BeforeEach
    void verifyOnce() throws Exception {
        VerifiedPaths paths = process();
        verify(paths, web, authority.bundle());
        time.advance(SOON);
    }

    @Test
    void theNextProcessDoesNotComputeOnWhatWasVerified() throws Exception {
        VerifiedPaths next = process();
        verify(next, web, authority.bundle());
        assertThat(next.added()).isZero();

        X509Certificate other = authority.issue(new Leaf(WEB), TestAuthority.newKey());
        verify(next, other, authority.bundle());
        assertThat(next.added()).isOne();
        time.advance(SOON);
        assertThat(process().remembered()).hasSize(2);
    }

    @Test
    void whatIsKeptIsStillCheckedForAllElse() {
        TrustBundle strangers = new TestAuthority("example.org").bundle();
        TrustBundle otherDomain = new TrustBundle(new TrustDomain("example.com"), List.of(authority.root()));
        TrustBundle more = new TrustBundle(
                new TrustDomain("example.org"),
                List.of(strangers.roots().getFirst(), new TestAuthority("example.org").root()));

        assertThat(rejection(web, Role.SERVER, strangers)).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        assertThat(rejection(web, Role.SERVER, more)).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        assertThat(rejection(web, Role.SERVER, otherDomain)).isEqualTo(TlsRejection.WRONG_TRUST_DOMAIN);
        assertThat(rejection(web, Role.CLIENT, authority.bundle())).isEqualTo(TlsRejection.WRONG_KEY_USAGE);
        TlsRejectedException otherIdentity = catchThrowableOfType(
                TlsRejectedException.class,
                () -> verifier(process())
                        .verify(
                                List.of(web),
                                Role.SERVER,
                                authority.bundle(),
                                Set.of(SpiffeId.parse(WEB + "2")),
                                time.instant()));
        assertThat(otherIdentity.rejection()).isEqualTo(TlsRejection.WRONG_IDENTITY);
    }

    @Test
    void otherCertificatesOfTheSameNameAreNotTheOneThatIsKept() throws Exception {
        X509Certificate forged = new TestAuthority("example.org").issue(new Leaf(WEB), TestAuthority.newKey());
        byte[] der = web.getEncoded();
        der[der.length - 1] ^= 1;
        X509Certificate changed = (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));

        assertThat(rejection(forged, Role.SERVER, authority.bundle())).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        assertThat(rejection(changed, Role.SERVER, authority.bundle())).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
    }

    @Test
    void nothingIsBelievedBeyondItsLife() {
        VerifiedPaths late = process();
        time.advance(Duration.ofHours(2));

        assertThat(rejection(late, web, Role.SERVER, authority.bundle())).isEqualTo(TlsRejection.EXPIRED);
        assertThat(process().remembered()).as("what is of no use is read").isEmpty();
    }

    @Test
    void aFileThatIsNotWholeIsPassedOver() throws Exception {
        byte[] whole = Files.readAllBytes(file());
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 1;
            Files.write(file(), changed);
            assertThat(process().remembered()).as("octet %d", i).isEmpty();
        }
        for (int length : new int[] {0, 7, 39, 40, whole.length - 1, whole.length + 1, whole.length + 40}) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertThat(process().remembered()).as("%d octets", length).isEmpty();
        }
        Files.write(file(), whole);
        assertThat(process().remembered()).hasSize(1);
    }

    @Test
    void aFileThatOthersMayReadOrWriteIsPassedOver() throws Exception {
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-rw----"));

        assertThat(process().remembered()).isEmpty();
    }

    @Test
    void whatOtherRulesAcceptedIsVerifiedAnew() {
        String rules = Security.getProperty("jdk.certpath.disabledAlgorithms");
        try {
            Security.setProperty("jdk.certpath.disabledAlgorithms", rules + ", EC keySize < 300");
            assertThat(process().remembered()).isEmpty();
        } finally {
            Security.setProperty("jdk.certpath.disabledAlgorithms", rules);
        }
        assertThat(process().remembered()).hasSize(1);
    }

    @Test
    void whatIsRememberedIsBounded() {
        List<VerifiedPaths.Remembered> many = IntStream.range(0, VerifiedPaths.MAX + 10)
                .mapToObj(i -> new VerifiedPaths.Remembered(
                        ByteBuffer.allocate(32).putInt(0, i), Instant.now().plusSeconds(60)))
                .toList();

        assertThat(new VerifiedPaths(many).remembered()).hasSize(VerifiedPaths.MAX);
    }

    private VerifiedPaths process() {
        return new KeptPaths(directory, time, time).begin();
    }

    private Path file() {
        return directory.resolve("verified-paths");
    }

    private static SvidVerifier verifier(VerifiedPaths paths) {
        return new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY, paths);
    }

    private void verify(VerifiedPaths paths, X509Certificate leaf, TrustBundle bundle) throws TlsRejectedException {
        verifier(paths).verify(List.of(leaf), Role.SERVER, bundle, Set.of(), time.instant());
    }

    private TlsRejection rejection(X509Certificate leaf, Role role, TrustBundle bundle) {
        return rejection(process(), leaf, role, bundle);
    }

    private TlsRejection rejection(VerifiedPaths paths, X509Certificate leaf, Role role, TrustBundle bundle) {
        TlsRejectedException rejected = catchThrowableOfType(
                TlsRejectedException.class,
                () -> verifier(paths).verify(List.of(leaf), role, bundle, Set.of(), time.instant()));
        assertThat(rejected).as("the chain is accepted").isNotNull();
        return rejected.rejection();
    }
}
