package io.weft.control.ca;

import io.weft.core.identity.JoinToken.Claims;
import io.weft.core.identity.SpiffeId;

/** Decides whether evidence proves an identity. A new kind of evidence is a record of {@link Evidence} and an arm here. */
final class Attestor {
    private final JoinTokens tokens;

    Attestor(JoinTokens tokens) {
        this.tokens = tokens;
    }

    /**
     * A proved identity.
     *
     * @param how for the audit log; without secrets
     */
    record Attested(SpiffeId id, String how) {}

    /** The identity that {@code evidence} proves, which must be the one that is asked for. */
    Attested attest(Evidence evidence, SpiffeId asked) throws AttestationException {
        Attested attested = switch (evidence) {
            case Evidence.Token(String text) -> {
                Claims claims = tokens.verify(text);
                yield new Attested(claims.spiffeId(), "join token " + claims.id());
            }
            case Evidence.Peer(SpiffeId id) -> new Attested(id, "renewal");
            case Evidence.Nothing() ->
                throw new AttestationException(
                        "neither a join token nor a client certificate: the first call needs a token from"
                                + " `weft token create`");
        };
        if (!attested.id().equals(asked)) {
            throw new AttestationException("asked for " + asked + ", but the " + attested.how() + " is for "
                    + attested.id() + ": make a token for its namespace and service account with `weft token create`");
        }
        return attested;
    }
}
