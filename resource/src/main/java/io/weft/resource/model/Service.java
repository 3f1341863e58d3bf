package io.weft.resource.model;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A name under which clients reach workloads.
 *
 * @param ports where clients connect; may be empty (a headless Service)
 * @param selector labels of the workloads that serve it; empty: workloads that name the service themselves
 */
public record Service(Metadata metadata, List<Port> ports, Map<String, String> selector) implements Resource {
    public Service {
        Require.label("metadata.name", metadata.name());
        ports = List.copyOf(ports);
        selector = Collections.unmodifiableMap(new TreeMap<>(selector));
    }

    public Optional<Port> port(int number) {
        return ports.stream().filter(port -> port.port() == number).findFirst();
    }

    /** The transport below the application's protocol. */
    public enum Transport {
        TCP,
        UDP,
        SCTP
    }

    /**
     * @param name empty where the Service has a single port without a name
     * @param port where clients connect, 1 to 65535
     * @param targetPort where the workload listens
     * @param appProtocol as written; empty where it is not
     */
    public record Port(String name, int port, TargetPort targetPort, Transport protocol, String appProtocol) {
        public Port {
            if (!name.isEmpty()) {
                Require.label("name", name);
            }
            Require.port("port", port);
        }

        /** A TCP port that workloads serve under the same number. */
        public static Port of(String name, int port, String appProtocol) {
            return new Port(name, port, new TargetPort.Numbered(port), Transport.TCP, appProtocol);
        }

        /** What {@link #appProtocol} says, else what the port's name says ({@code grpc-web}, {@code http}), else: detect it. */
        public ApplicationProtocol applicationProtocol() {
            return protocol == Transport.TCP ? ApplicationProtocol.of(appProtocol, name) : ApplicationProtocol.TCP;
        }
    }

    /** Where a workload listens: a number, or the name of one of the workload's ports. */
    public sealed interface TargetPort {
        record Numbered(int port) implements TargetPort {
            public Numbered {
                Require.port("targetPort", port);
            }
        }

        record Named(String name) implements TargetPort {
            public Named {
                Require.label("targetPort", name);
            }
        }
    }
}
