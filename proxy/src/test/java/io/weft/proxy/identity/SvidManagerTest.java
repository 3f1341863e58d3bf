package io.weft.proxy.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.proxy.tls.PemFiles;
import io.weft.proxy.tls.TestAuthority;
import io.weft.proxy.tls.TestAuthority.Leaf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SvidManagerTest {
    private static final Duration LIFE = Duration.ofHours(1);

    private final TestAuthority authority = new TestAuthority("example.org");
    private final SpiffeId cart = authority.id("shop", "cart");
    private final ManualTime time = new ManualTime();
    private final List<Instant> asked = new ArrayList<>();
    private @Nullable SigningException refusal;

    @TempDir
    Path temporary;

    @Test
    void renewsBetween65And75PercentOfALife() throws Exception {
        SvidManager manager = started();
        WorkloadIdentity first = manager.identity().get();

        time.advance(LIFE.multipliedBy(64).dividedBy(100));
        assertThat(manager.identity().get()).isSameAs(first);
        time.advance(LIFE.multipliedBy(12).dividedBy(100));

        assertThat(manager.identity().get()).isNotEqualTo(first);
        assertThat(manager.status().renewals()).isEqualTo(2);
    }

    @Test
    void theOldOneServesWhileTheControlPlaneIsAway() throws Exception {
        SvidManager manager = started();
        WorkloadIdentity first = manager.identity().get();
        refusal = SigningException.passing("nobody answers", new Exception());

        time.advance(LIFE);

        assertThat(manager.identity().get()).isSameAs(first);
        assertThat(manager.status().lastError()).isEqualTo("nobody answers");
        // A quarter of an hour, asked each half minute after a quick beginning.
        assertThat(asked).hasSizeBetween(20, 60);

        refusal = null;
        time.advance(Duration.ofSeconds(40));
        assertThat(manager.identity().get()).isNotEqualTo(first);
        assertThat(manager.status().lastError()).isNull();
    }

    @Test
    void withoutALivingOneItIsAskedOftenEnoughToBeBackWithinALease() throws Exception {
        SvidManager manager = started();
        WorkloadIdentity first = manager.identity().get();
        refusal = SigningException.passing("nobody answers", new Exception());
        time.advance(LIFE.multipliedBy(2));
        asked.clear();
        time.advance(Duration.ofMinutes(1));
        assertThat(asked).hasSizeGreaterThan(60 / 3);

        refusal = null;
        time.advance(Duration.ofSeconds(3));
        assertThat(manager.identity().get()).isNotEqualTo(first);
    }

    @Test
    void aRestartNeedsNoControlPlane() throws Exception {
        WorkloadIdentity stored = started().identity().get();
        refusal = SigningException.passing("nobody answers", new Exception());
        asked.clear();

        SvidManager restarted = started();

        assertThat(restarted.identity().get()).isEqualTo(stored);
        assertThat(asked).isEmpty();
    }

    @Test
    void onlyTheOwnerMayReadTheStoredKey() throws Exception {
        started();

        assertThat(mode(temporary.resolve("identity"))).isEqualTo("rwx------");
        assertThat(mode(temporary.resolve("identity/svid-1.pem"))).isEqualTo("rw-------");
    }

    @Test
    void aStoredKeyThatOthersMayReadIsReplaced() throws Exception {
        started();
        asked.clear();
        Files.setPosixFilePermissions(
                temporary.resolve("identity/svid-1.pem"), PosixFilePermissions.fromString("rw-r--r--"));

        started();

        assertThat(asked).hasSize(1);
        assertThat(mode(temporary.resolve("identity/svid-1.pem"))).isEqualTo("rw-------");
    }

    @Test
    void aDamagedOrForeignStoreIsReplaced() throws Exception {
        started();
        Path file = temporary.resolve("identity/svid-1.pem");
        String good = Files.readString(file);
        for (String bad : List.of("", "rubbish", good.substring(0, good.length() / 2), good.replace('A', '!'))) {
            Files.writeString(file, bad);
            asked.clear();
            started();
            assertThat(asked).as(bad).hasSize(1);
        }
        asked.clear();
        SvidManager other = manager(authority.id("shop", "orders"));
        other.start();
        assertThat(asked).hasSize(1);
    }

    @Test
    void whatIsNotAsItWasStoredIsVerifiedAnew() throws Exception {
        started();
        Path svid = temporary.resolve("identity/svid-1.pem");
        Path bundle = temporary.resolve("identity/bundle-1.pem");
        String good = Files.readString(svid);
        String ofAnother = PemFiles.encode(new TestAuthority(cart.trustDomain().name()).root());

        asked.clear();
        Files.writeString(svid, good.substring(0, good.indexOf("verified sha256")));
        started();
        assertThat(asked).as("without its digest it is verified, and good").isEmpty();

        Files.writeString(svid, good);
        Files.writeString(bundle, ofAnother);
        started();
        assertThat(asked).as("its chain does not lead to these roots").hasSize(1);
    }

    @Test
    void aRefusalEndsTheStart() {
        refusal = SigningException.permanent("the join token expired");

        assertThatThrownBy(this::started).isInstanceOf(SigningException.class).hasMessage("the join token expired");
        assertThat(time.isIdle()).isTrue();
    }

    @Test
    void nothingRunsOnceStopped() throws Exception {
        SvidManager manager = started();
        asked.clear();
        manager.stop();

        time.advance(LIFE.multipliedBy(2));

        assertThat(asked).isEmpty();
        assertThat(time.isIdle()).isTrue();
    }

    private SvidManager started() throws Exception {
        SvidManager manager = manager(cart);
        manager.start();
        return manager;
    }

    private SvidManager manager(SpiffeId id) {
        SvidVerifier verifier = new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY);
        SvidCache cache = new SvidCache(temporary.resolve("identity"), verifier, time);
        Signer signer = current -> {
            asked.add(time.instant());
            if (refusal != null) {
                throw refusal;
            }
            long skipped = Duration.between(Instant.now(), time.instant()).toSeconds();
            return authority.identity(new Leaf(id.toString()).life(skipped - 60, skipped + LIFE.toSeconds()));
        };
        return new SvidManager(id, signer, cache, time, Runnable::run, time, new Random(7));
    }

    private static String mode(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
