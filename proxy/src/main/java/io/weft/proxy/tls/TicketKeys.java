package io.weft.proxy.tls;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;

/**
 * The keys by which a server's session tickets are sealed (RFC 8446, section 4.6.1): made here, known to nobody else, and gone with their context. A key seals
 * for {@link #LIFE}, and opens what it sealed for as long again, so a ticket serves for twice that at most. Connections rotate them when it is time; a server that
 * nobody connects to keeps its key, but then nobody has a newer ticket either.
 */
final class TicketKeys {
    static final Duration LIFE = Duration.ofHours(1);

    private static final SecureRandom RANDOM = new SecureRandom();

    private final OpenSslSessionContext sessions;
    private OpenSslSessionTicketKey sealing;
    private volatile Instant since;

    TicketKeys(OpenSslSessionContext sessions, Instant now) {
        this.sessions = sessions;
        this.sealing = fresh();
        this.since = now;
        sessions.setTicketKeys(sealing);
    }

    private static OpenSslSessionTicketKey fresh() {
        return new OpenSslSessionTicketKey(
                random(OpenSslSessionTicketKey.NAME_SIZE),
                random(OpenSslSessionTicketKey.HMAC_KEY_SIZE),
                random(OpenSslSessionTicketKey.AES_KEY_SIZE));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    void rotateIfDue(Instant now) {
        if (age(now).compareTo(LIFE) >= 0) {
            rotate(now);
        }
    }

    /** A clock that was set back makes no key live longer. */
    private Duration age(Instant now) {
        return Duration.between(since, now).abs();
    }

    private synchronized void rotate(Instant now) {
        Duration age = age(now);
        if (age.compareTo(LIFE) < 0) {
            return;
        }
        OpenSslSessionTicketKey previous = sealing;
        sealing = fresh();
        since = now;
        if (age.compareTo(LIFE.multipliedBy(2)) < 0) {
            sessions.setTicketKeys(sealing, previous);
        } else {
            sessions.setTicketKeys(sealing);
        }
    }
}
