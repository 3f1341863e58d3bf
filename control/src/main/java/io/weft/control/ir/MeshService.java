package io.weft.control.ir;

import io.weft.resource.model.ApplicationProtocol;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A service: a Service resource, or what registrations say where there is none.
 *
 * @param ports by number, ascending
 * @param selector labels of workloads that serve it without naming it; empty: none
 */
public record MeshService(ServiceName name, List<Port> ports, Map<String, String> selector, Origin origin) {
    private static final int DEFAULT_HTTP_PORT = 80;

    public MeshService {
        ports = List.copyOf(ports);
        selector = Map.copyOf(selector);
    }

    public Optional<Port> port(int number) {
        return ports.stream().filter(port -> port.number() == number).findFirst();
    }

    /** The port that a host without a port means: 80, else the only HTTP port. */
    public Optional<Port> defaultPort() {
        List<Port> http = ports.stream().filter(Port::carriesHttp).toList();
        Optional<Port> eighty =
                http.stream().filter(port -> port.number() == DEFAULT_HTTP_PORT).findFirst();
        return eighty.isPresent() || http.size() != 1 ? eighty : Optional.of(http.getFirst());
    }

    /**
     * @param name empty where it has none
     * @param targetPort where a workload that the selector finds listens; 0 where it is given by name
     */
    public record Port(String name, int number, int targetPort, ApplicationProtocol protocol) {
        /** Whether requests are told apart on it, so that routes apply. */
        public boolean carriesHttp() {
            return protocol != ApplicationProtocol.TCP;
        }

        /** Whether the application wants HTTP/2 without negotiation. */
        public boolean carriesHttp2() {
            return protocol == ApplicationProtocol.HTTP2 || protocol == ApplicationProtocol.GRPC;
        }
    }
}
