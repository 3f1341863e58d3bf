package io.weft.control;

import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TrustDomain;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a control plane is started with.
 *
 * @param stateDirectory where everything lives that must outlast the process
 * @param rest of the REST API and the dashboard; loopback only, since it has no TLS
 * @param xds of xDS, certificates, registration and telemetry; mutual TLS
 * @param metrics of the control plane's own metrics; loopback only
 * @param trustDomain of the CA; an existing one must be of it
 * @param svidTtl the life of a certificate, 10 s to 30 days
 * @param store where resources are kept
 * @param clockLeeway how far a proxy's clock may be apart: its certificate is believed for as long beyond its life
 * @param lease how long an instance stays when nothing is heard of its proxy, 3 s to 5 min
 */
public record ControlConfig(
        Path stateDirectory,
        Listen rest,
        Listen xds,
        Listen metrics,
        TrustDomain trustDomain,
        Duration svidTtl,
        Store store,
        Duration clockLeeway,
        Duration lease) {
    public static final int REST_PORT = 9900;
    public static final int XDS_PORT = 15010;
    public static final int METRICS_PORT = 15014;
    public static final String DEFAULT_TRUST_DOMAIN = "cluster.local";
    public static final Duration DEFAULT_SVID_TTL = Duration.ofHours(24);
    /** With the second that a late message is given, a host that vanished is gone well within 15 s. */
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(10);

    private static final Duration MIN_SVID_TTL = Duration.ofSeconds(10);
    private static final Duration MAX_SVID_TTL = Duration.ofDays(30);
    private static final Duration MIN_LEASE = Duration.ofSeconds(3);
    private static final Duration MAX_LEASE = Duration.ofMinutes(5);

    public ControlConfig {
        requireLoopback("the REST API", rest);
        requireLoopback("the metrics endpoint", metrics);
        if (svidTtl.compareTo(MIN_SVID_TTL) < 0 || svidTtl.compareTo(MAX_SVID_TTL) > 0) {
            throw new IllegalArgumentException("SVID life of " + svidTtl.toSeconds() + " s: expected 10 s to 30 days");
        }
        SvidVerifier.checkedLeeway(clockLeeway);
        if (lease.compareTo(MIN_LEASE) < 0 || lease.compareTo(MAX_LEASE) > 0) {
            throw new IllegalArgumentException("lease of " + lease.toSeconds() + " s: expected 3 s to 5 minutes");
        }
    }

    /** With the leeway of a minute and the usual lease. */
    public ControlConfig(
            Path stateDirectory,
            Listen rest,
            Listen xds,
            Listen metrics,
            TrustDomain trustDomain,
            Duration svidTtl,
            Store store) {
        this(
                stateDirectory,
                rest,
                xds,
                metrics,
                trustDomain,
                svidTtl,
                store,
                SvidVerifier.DEFAULT_LEEWAY,
                DEFAULT_LEASE);
    }

    /** The ports that people know, on a directory. */
    public static ControlConfig defaults(Path stateDirectory) {
        return new ControlConfig(
                stateDirectory,
                Listen.loopback(REST_PORT),
                new Listen("0.0.0.0", XDS_PORT),
                Listen.loopback(METRICS_PORT),
                new TrustDomain(DEFAULT_TRUST_DOMAIN),
                DEFAULT_SVID_TTL,
                Store.SQLITE);
    }

    /** Free ports on loopback and a store in memory: for tests. */
    public static ControlConfig forTests(Path stateDirectory) {
        return new ControlConfig(
                stateDirectory,
                Listen.loopback(0),
                Listen.loopback(0),
                Listen.loopback(0),
                new TrustDomain(DEFAULT_TRUST_DOMAIN),
                DEFAULT_SVID_TTL,
                Store.MEMORY);
    }

    private static void requireLoopback(String what, Listen listen) {
        try {
            if (InetAddress.getByName(listen.host()).isLoopbackAddress()) {
                return;
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("host \"" + listen.host() + "\" of " + what + " is not known", e);
        }
        throw new IllegalArgumentException(what + " at " + listen.host()
                + ": expected a loopback address, since it has no TLS; reach it from elsewhere through an SSH tunnel");
    }

    /** Where resources are kept. */
    public enum Store {
        MEMORY,
        SQLITE
    }

    /**
     * @param port 0: any free one
     */
    public record Listen(String host, int port) {
        private static final int MAX_PORT = 65535;

        public Listen {
            if (port < 0 || port > MAX_PORT) {
                throw new IllegalArgumentException("port " + port + ": expected 0 to " + MAX_PORT);
            }
        }

        public static Listen loopback(int port) {
            return new Listen("127.0.0.1", port);
        }

        @Override
        public String toString() {
            return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
        }
    }
}
