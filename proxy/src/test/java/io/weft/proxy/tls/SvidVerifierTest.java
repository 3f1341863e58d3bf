package io.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TlsRejection;
import io.weft.core.identity.TrustBundle;
import io.weft.core.identity.TrustDomain;
import io.weft.proxy.tls.TestAuthority.Leaf;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Here, where certificates can be made that no authority would make. */
class SvidVerifierTest {
    private static final String WEB = "spiffe://example.org/ns/shop/sa/web";
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

    private final TestAuthority authority = new TestAuthority("example.org");
    private final SvidVerifier verifier = new SvidVerifier(Duration.ofSeconds(60));

    @Test
    void aGoodLeafProvesItsIdentity() throws Exception {
        SpiffeId id = verifier.verify(
                List.of(issue(new Leaf(WEB)), authority.root()),
                Role.SERVER,
                authority.bundle(),
                Set.of(SpiffeId.parse(WEB)),
                Instant.now());

        assertThat(id).hasToString(WEB);
    }

    @Test
    void leavesThatAreNoSvidsAreRefused() {
        assertThat(rejection(new Leaf())).isEqualTo(TlsRejection.NOT_AN_SVID);
        assertThat(rejection(new Leaf().dns("web.shop"))).isEqualTo(TlsRejection.NOT_AN_SVID);
        assertThat(rejection(new Leaf(WEB, WEB + "2"))).isEqualTo(TlsRejection.NOT_AN_SVID);
        assertThat(rejection(new Leaf("https://example.org/web"))).isEqualTo(TlsRejection.NOT_AN_SVID);
        assertThat(rejection(new Leaf("spiffe://example.org"))).isEqualTo(TlsRejection.NOT_AN_SVID);
        assertThat(rejection(new Leaf("spiffe://example.org/ns/../sa/web"))).isEqualTo(TlsRejection.NOT_AN_SVID);
    }

    @Test
    void leavesForOtherUsesAreRefused() {
        assertThat(rejection(new Leaf(WEB).usage(0))).isEqualTo(TlsRejection.WRONG_KEY_USAGE);
        assertThat(rejection(new Leaf(WEB).usage(TestAuthority.KEY_CERT_SIGN))).isEqualTo(TlsRejection.WRONG_KEY_USAGE);
        assertThat(rejection(new Leaf(WEB).usage(TestAuthority.DIGITAL_SIGNATURE | TestAuthority.KEY_CERT_SIGN)))
                .isEqualTo(TlsRejection.WRONG_KEY_USAGE);
        assertThat(rejection(new Leaf(WEB).ca())).isEqualTo(TlsRejection.WRONG_KEY_USAGE);
        assertThat(rejection(new Leaf(WEB).purposes(CLIENT_AUTH))).isEqualTo(TlsRejection.WRONG_KEY_USAGE);
    }

    @Test
    void livesAreBoundedByTheLeeway() {
        assertThat(rejection(new Leaf(WEB).life(-600, -65))).isEqualTo(TlsRejection.EXPIRED);
        assertThat(rejection(new Leaf(WEB).life(65, 600))).isEqualTo(TlsRejection.NOT_YET_VALID);
    }

    @Test
    void aCertificateIsBelievedToTheLastSecondOfTheLeeway() throws Exception {
        X509Certificate leaf = issue(new Leaf(WEB).life(-600, 600));
        Instant begins = leaf.getNotBefore().toInstant();
        Instant ends = leaf.getNotAfter().toInstant();
        for (int seconds : new int[] {0, 60}) {
            SvidVerifier chosen = new SvidVerifier(Duration.ofSeconds(seconds));
            assertThat(at(chosen, leaf, ends.plusSeconds(seconds))).isNull();
            assertThat(at(chosen, leaf, ends.plusSeconds(seconds + 1))).isEqualTo(TlsRejection.EXPIRED);
            assertThat(at(chosen, leaf, begins.minusSeconds(seconds))).isNull();
            assertThat(at(chosen, leaf, begins.minusSeconds(seconds + 1))).isEqualTo(TlsRejection.NOT_YET_VALID);
        }
    }

    private @Nullable TlsRejection at(SvidVerifier chosen, X509Certificate leaf, Instant now) {
        TlsRejectedException rejected = catchThrowableOfType(
                TlsRejectedException.class,
                () -> chosen.verify(List.of(leaf), Role.SERVER, authority.bundle(), Set.of(), now));
        return rejected == null ? null : rejected.rejection();
    }

    @Test
    void aBundleOfTwoRootsBelievesBoth() throws Exception {
        TestAuthority next = new TestAuthority("example.org");
        TrustBundle both = new TrustBundle(new TrustDomain("example.org"), List.of(authority.root(), next.root()));

        for (TestAuthority issuer : List.of(authority, next)) {
            X509Certificate leaf = issuer.issue(new Leaf(WEB), TestAuthority.newKey());
            assertThat(verifier.verify(List.of(leaf), Role.CLIENT, both, Set.of(), Instant.now()))
                    .hasToString(WEB);
        }
    }

    @Test
    void chainsThatLeadNowhereAreRefused() {
        TestAuthority stranger = new TestAuthority("example.org");
        X509Certificate leaf = stranger.issue(new Leaf(WEB), TestAuthority.newKey());

        assertThat(rejection(List.of(leaf))).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        assertThat(rejection(List.of(leaf, stranger.root()))).isEqualTo(TlsRejection.SELF_SIGNED);
        assertThat(rejection(List.of(leaf, authority.root()))).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        assertThat(rejection(Collections.nCopies(SvidVerifier.MAX_CHAIN + 1, issue(new Leaf(WEB)))))
                .isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        assertThat(rejection(List.of())).isEqualTo(TlsRejection.NO_CLIENT_CERTIFICATE);
    }

    @Test
    void aWorkloadMustNotSignForOthers() {
        // The leaf's own key signs another leaf: only a CA may stand above a certificate.
        TestAuthority.Issued middle = authority.issued(new Leaf("spiffe://example.org/ns/shop/sa/mallory"));
        X509Certificate forged = middle.issue(new Leaf(WEB), TestAuthority.newKey());

        assertThat(rejection(List.of(forged, middle.certificate()))).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
    }

    @Test
    void anotherTrustDomainsBundleDoesNotCount() {
        TrustBundle other = new TrustBundle(new TrustDomain("example.com"), List.of(authority.root()));

        assertThat(rejection(List.of(issue(new Leaf(WEB))), other)).isEqualTo(TlsRejection.WRONG_TRUST_DOMAIN);
    }

    @Test
    void aPathThatIsRememberedIsStillCheckedForAllElse() throws Exception {
        List<X509Certificate> chain = List.of(issue(new Leaf(WEB)));
        Instant now = Instant.now();
        TrustBundle strangers = new TestAuthority("example.org").bundle();
        for (int i = 0; i < 2; i++) {
            verifier.verify(chain, Role.SERVER, authority.bundle(), Set.of(), now);
        }

        assertThat(rejection(chain, strangers)).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        TlsRejectedException other = catchThrowableOfType(
                TlsRejectedException.class,
                () -> verifier.verify(
                        chain,
                        Role.SERVER,
                        authority.bundle(),
                        Set.of(SpiffeId.parse("spiffe://example.org/ns/shop/sa/cart")),
                        now));
        assertThat(other.rejection()).isEqualTo(TlsRejection.WRONG_IDENTITY);
        TlsRejectedException late = catchThrowableOfType(
                TlsRejectedException.class,
                () -> verifier.verify(chain, Role.SERVER, authority.bundle(), Set.of(), now.plus(Duration.ofHours(2))));
        assertThat(late.rejection()).isEqualTo(TlsRejection.EXPIRED);
        TlsRejectedException pathAlone = catchThrowableOfType(
                TlsRejectedException.class,
                () -> verifier.checkPath(chain, authority.bundle().roots(), now.plus(Duration.ofHours(2))));
        assertThat(pathAlone.rejection()).isEqualTo(TlsRejection.EXPIRED);
    }

    private X509Certificate issue(Leaf leaf) {
        return authority.issue(leaf, TestAuthority.newKey());
    }

    private TlsRejection rejection(Leaf leaf) {
        return rejection(List.of(issue(leaf)));
    }

    private TlsRejection rejection(List<X509Certificate> chain) {
        return rejection(chain, authority.bundle());
    }

    private TlsRejection rejection(List<X509Certificate> chain, TrustBundle bundle) {
        TlsRejectedException rejected = catchThrowableOfType(
                TlsRejectedException.class, () -> verifier.verify(chain, Role.SERVER, bundle, Set.of(), Instant.now()));
        assertThat(rejected).as("the chain is accepted").isNotNull();
        return rejected.rejection();
    }
}
