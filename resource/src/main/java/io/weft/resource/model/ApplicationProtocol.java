package io.weft.resource.model;

import java.util.Locale;
import java.util.Optional;

/** What an application speaks on a port. */
public enum ApplicationProtocol {
    /** Not said: the first bytes tell. */
    DETECT(""),
    /** HTTP/1.1, also with upgrades to WebSocket. */
    HTTP("http"),
    /** HTTP/2 without TLS, by prior knowledge (RFC 9113, section 3.3). */
    HTTP2("http2"),
    GRPC("grpc"),
    /** Bytes; also the application's own TLS. */
    TCP("tcp");

    private final String wireName;

    ApplicationProtocol(String wireName) {
        this.wireName = wireName;
    }

    /** As documents and registrations write it; empty for {@link #DETECT}. */
    public String wireName() {
        return wireName;
    }

    public static Optional<ApplicationProtocol> ofWireName(String name) {
        for (ApplicationProtocol candidate : values()) {
            if (candidate.wireName.equals(name)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /**
     * The protocol of a Service's port: {@code appProtocol} decides (Kubernetes' KEP-3726 names among them), then the port name's
     * first part, as other meshes read it.
     */
    static ApplicationProtocol of(String appProtocol, String portName) {
        String named = appProtocol.isEmpty() ? portName.split("-", 2)[0] : appProtocol;
        return switch (named.toLowerCase(Locale.ROOT)) {
            case "http", "kubernetes.io/ws" -> HTTP;
            case "http2", "h2c", "kubernetes.io/h2c" -> HTTP2;
            case "grpc" -> GRPC;
            case "tcp", "tls", "https", "kubernetes.io/wss", "mysql", "mongo", "redis" -> TCP;
            default -> DETECT;
        };
    }
}
