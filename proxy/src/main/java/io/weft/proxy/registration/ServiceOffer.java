package io.weft.proxy.registration;

/**
 * A service's port that a workload serves.
 *
 * @param service the Service's name, in the workload's namespace
 * @param port the Service's port, which clients use
 * @param applicationPort where the application listens, on the loopback address
 * @param protocol {@code http}, {@code http2}, {@code grpc}, {@code tcp}, or empty: detected
 * @param check how the application is asked whether it is well
 */
public record ServiceOffer(String service, int port, int applicationPort, String protocol, HealthCheck check) {
    private static final int MAX_PORT = 65535;

    public ServiceOffer {
        requirePort("port of service " + service, port);
        requirePort("application port of service " + service, applicationPort);
    }

    static void requirePort(String what, int port) {
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException(what + ": " + port + ", expected 1 to " + MAX_PORT);
        }
    }
}
