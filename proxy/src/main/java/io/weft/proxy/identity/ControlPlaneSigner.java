package io.weft.proxy.identity;

import io.weft.core.identity.JoinToken;
import io.weft.core.identity.PrivateFiles;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Has the control plane sign: over mutual TLS while the present SVID lives, else with a join token. Each signing has a
 * connection of its own, so that none outlives the proof that it began with.
 */
public final class ControlPlaneSigner implements Signer {
    private final ControlPlaneChannels channels;
    private final SpiffeId id;
    private final JoinTokenSource tokens;
    private final Duration life;
    private final SvidVerifier verifier;
    private final InstantSource clock;

    /** Where the join token comes from; asked each time that one is needed. */
    @FunctionalInterface
    public interface JoinTokenSource {
        /** The token, or null where there is none. */
        @Nullable
        JoinToken token() throws SigningException;

        /** A file that its owner alone may read; read anew each time, so that it can be replaced. */
        static JoinTokenSource file(Path file) {
            return () -> {
                try {
                    return JoinToken.parse(new String(PrivateFiles.read(file), StandardCharsets.UTF_8));
                } catch (IOException e) {
                    throw SigningException.permanent("the join token's file cannot be read: " + e.getMessage(), e);
                } catch (IllegalArgumentException e) {
                    throw SigningException.permanent("the join token in " + file + ": " + e.getMessage(), e);
                }
            };
        }
    }

    /**
     * A signer for one workload.
     *
     * @param life what to ask for; zero: the CA's standard life
     */
    public ControlPlaneSigner(
            ControlPlaneChannels channels,
            SpiffeId id,
            JoinTokenSource tokens,
            Duration life,
            SvidVerifier verifier,
            InstantSource clock) {
        this.channels = channels;
        this.id = id;
        this.tokens = tokens;
        this.life = life;
        this.verifier = verifier;
        this.clock = clock;
    }

    @Override
    public WorkloadIdentity sign(@Nullable WorkloadIdentity current) throws SigningException {
        if (current == null || clock.instant().isAfter(current.svid().notAfter())) {
            return join();
        }
        try {
            return renew(current);
        } catch (SigningException e) {
            // A replaced root, or an identity taken away: a token that is still there may know better.
            JoinToken token = e.isPermanent() ? tokens.token() : null;
            if (token == null || expired(token)) {
                throw e;
            }
            return join(token);
        }
    }

    private WorkloadIdentity renew(WorkloadIdentity current) throws SigningException {
        try (ControlPlaneChannels.Connection connection = channels.mutual(new Watched<>(current))) {
            return new IdentityClient(connection.channel(), verifier, clock).sign(id, null, life);
        }
    }

    private WorkloadIdentity join() throws SigningException {
        JoinToken token = tokens.token();
        if (token == null) {
            throw SigningException.permanent(
                    "there is no certificate to renew and no join token: make one with `weft token create`");
        }
        return join(token);
    }

    /** Also with a token that ended or is another's: the control plane refuses it, and can tell its operator. Only who made it gets to see it. */
    private WorkloadIdentity join(JoinToken token) throws SigningException {
        try (ControlPlaneChannels.Connection connection = channels.firstTrust(token)) {
            return new IdentityClient(connection.channel(), verifier, clock).sign(id, token, life);
        }
    }

    private boolean expired(JoinToken token) {
        return !clock.instant().isBefore(token.claims().expiresAt());
    }
}
