package io.weft.control.ca;

import io.weft.core.identity.JoinToken;
import io.weft.core.identity.JoinToken.Claims;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;

/**
 * Makes and verifies join tokens. They are signed by the authority, so that any replica verifies what another one made, and
 * nothing is kept. A token serves until it expires, also for several processes of its identity.
 */
public final class JoinTokens {
    /** A token is a bearer secret: what needs more asks again. */
    public static final Duration LONGEST = Duration.ofDays(30);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BYTES = 8;

    private final CertificateAuthority authority;
    private final InstantSource clock;

    public JoinTokens(CertificateAuthority authority, InstantSource clock) {
        this.authority = authority;
        this.clock = clock;
    }

    /**
     * Makes a token.
     *
     * @param workload the name that its bearer is to register under; empty: its own choice
     * @param life 1 s to {@link #LONGEST}
     * @throws IllegalArgumentException where a name or the life does not fit
     */
    public JoinToken create(String namespace, String serviceAccount, String workload, Duration life) {
        if (life.compareTo(Duration.ofSeconds(1)) < 0 || life.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "life of a join token " + life + ": expected 1 s to " + LONGEST.toDays() + " days");
        }
        byte[] id = new byte[ID_BYTES];
        RANDOM.nextBytes(id);
        Instant expiresAt = clock.instant().plus(life).truncatedTo(ChronoUnit.SECONDS);
        Claims claims = new Claims(
                HexFormat.of().formatHex(id),
                authority.trustDomain(),
                namespace,
                serviceAccount,
                workload,
                expiresAt,
                authority.rootSha256());
        return JoinToken.of(claims, authority.signToken(claims.signedBytes()));
    }

    /**
     * Verifies a token: cheap checks first, the signature last.
     *
     * @throws AttestationException with a reason that may be told to its bearer
     */
    Claims verify(String text) throws AttestationException {
        JoinToken token;
        try {
            token = JoinToken.parse(text);
        } catch (IllegalArgumentException e) {
            throw new AttestationException(String.valueOf(e.getMessage()), e);
        }
        Claims claims = token.claims();
        if (!claims.trustDomain().equals(authority.trustDomain())) {
            throw new AttestationException("the join token is of the trust domain " + claims.trustDomain()
                    + ", this control plane is of " + authority.trustDomain());
        }
        if (!claims.rootSha256().equals(authority.rootSha256())) {
            throw new AttestationException("the join token " + claims.id()
                    + " was made under another root: make a new one with `weft token create`");
        }
        if (!clock.instant().isBefore(claims.expiresAt())) {
            throw new AttestationException("the join token " + claims.id() + " expired at " + claims.expiresAt()
                    + ": make a new one with `weft token create`");
        }
        if (!authority.isSigned(claims.signedBytes(), token.signature())) {
            throw new AttestationException("the join token " + claims.id() + " is not signed by this control plane");
        }
        return claims;
    }
}
