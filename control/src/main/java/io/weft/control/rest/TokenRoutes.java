package io.weft.control.rest;

import io.weft.control.ca.JoinTokens;
import io.weft.control.rest.Route.Body;
import io.weft.core.identity.JoinToken;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Makes join tokens, with which a proxy gets its first certificate. */
public final class TokenRoutes {
    private static final int MAX_BODY_BYTES = 64 * 1024;
    private static final Duration DEFAULT_LIFE = Duration.ofHours(1);

    private final JoinTokens tokens;

    public TokenRoutes(JoinTokens tokens) {
        this.tokens = tokens;
    }

    List<Route> routes() {
        return List.of(Route.post(
                "/tokens",
                "Makes a join token for an identity",
                new Body.Json(TokenBody.class),
                TokenResult.class,
                this::create));
    }

    private ApiResponse create(ApiRequest request) throws ProblemException, IOException {
        TokenBody body = request.json(request.text(MAX_BODY_BYTES), TokenBody.class);
        Duration life = body.ttlSeconds().map(Duration::ofSeconds).orElse(DEFAULT_LIFE);
        try {
            JoinToken token = tokens.create(
                    body.namespace(), body.serviceAccount(), body.workload().orElse(""), life);
            return ApiResponse.ok(new TokenResult(
                    token.encoded(),
                    token.claims().spiffeId().toString(),
                    token.claims().expiresAt(),
                    token.claims().rootSha256()));
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.Kind.MALFORMED, String.valueOf(e.getMessage()));
        }
    }

    /**
     * @param workload the name that the token's bearer registers under; absent: its own choice
     * @param ttlSeconds how long the token serves; absent: an hour
     */
    record TokenBody(String namespace, String serviceAccount, Optional<String> workload, Optional<Long> ttlSeconds) {}

    /**
     * @param token the secret
     * @param rootFingerprint SHA-256 of the root that it pins, in hex
     */
    record TokenResult(String token, String spiffeId, Instant expiresAt, String rootFingerprint) {}
}
