package io.weft.control.rest;

import io.weft.control.config.ConfigStore;
import java.time.Instant;
import java.util.List;

/** The control plane about itself. */
public final class SystemRoutes {
    private final ConfigStore store;
    private final About about;

    public SystemRoutes(ConfigStore store, About about) {
        this.store = store;
        this.about = about;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/health", "Whether the control plane serves", Health.class, this::health)
                        .withoutToken(),
                Route.get("/version", "What runs", About.class, request -> ApiResponse.ok(about)));
    }

    String version() {
        return about.version();
    }

    private ApiResponse health(ApiRequest request) {
        String trouble = store.trouble();
        return ApiResponse.ok(new Health(
                trouble.isEmpty() ? "ok" : "degraded", store.head().get().revision(), trouble));
    }

    /**
     * @param status "ok", or "degraded" where the last change could not be written
     * @param revision the head of the configuration
     * @param trouble why it could not; else empty
     */
    record Health(String status, long revision, String trouble) {}

    /**
     * @param rootFingerprint SHA-256 of the CA's root certificate, in hex: what join tokens pin
     */
    public record About(
            String version,
            String javaVersion,
            long pid,
            Instant startedAt,
            String trustDomain,
            String rootFingerprint) {}
}
