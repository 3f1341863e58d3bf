package io.weft.control.registry;

import io.weft.resource.model.ApplicationProtocol;

/**
 * A Service's port that an instance serves.
 *
 * @param service the Service's name, in the instance's namespace
 * @param servicePort the port that clients use, 1 to 65535
 * @param applicationPort the port on which the application listens, 1 to 65535
 * @param protocol what the application speaks there
 * @param healthy whether its health check passes
 */
public record Offer(
        String service, int servicePort, int applicationPort, ApplicationProtocol protocol, boolean healthy) {
    private static final int MAX_PORT = 65535;

    public Offer {
        Names.requireLabel("service", service);
        requirePort("port of service " + service, servicePort);
        requirePort("application port of service " + service, applicationPort);
    }

    static void requirePort(String what, int port) {
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException(what + ": " + port + ", expected 1 to " + MAX_PORT);
        }
    }
}
