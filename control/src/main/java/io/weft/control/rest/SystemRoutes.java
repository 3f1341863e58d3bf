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
        return ApiResponse.ok(new Health("ok", store.head().get().revision()));
    }

    /**
     * @param status always "ok": who is not healthy does not answer
     * @param revision the head of the configuration
     */
    record Health(String status, long revision) {}

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
