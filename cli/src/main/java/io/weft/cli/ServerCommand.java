package io.weft.cli;

import io.weft.cli.state.StatePaths;
import io.weft.control.ControlConfig;
import io.weft.control.ControlConfig.Listen;
import io.weft.control.ControlConfig.Store;
import io.weft.control.ControlMain;
import io.weft.core.identity.TrustDomain;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft server}: the control plane as a process. */
@Command(name = "server", mixinStandardHelpOptions = true, description = "Runs a control plane.")
final class ServerCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "keys, certificates, configuration; default: below the user's state")
    private @Nullable Path stateDirectory;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "for proxies, with mutual TLS; port 0 is any free one; default: ${DEFAULT-VALUE}")
    private String listen = "0.0.0.0:15010";

    @Option(
            names = "--rest-port",
            paramLabel = "N",
            description = "of the REST API, on loopback; 0 is any free one; default: ${DEFAULT-VALUE}")
    private int restPort = 9900;

    @Option(
            names = "--metrics-port",
            paramLabel = "N",
            description =
                    "of the control plane's own metrics, on loopback; 0 is any free one; default: ${DEFAULT-VALUE}")
    private int metricsPort = 15014;

    @Option(
            names = "--trust-domain",
            paramLabel = "NAME",
            description = "of a new CA; an existing one keeps its own; default: ${DEFAULT-VALUE}")
    private String trustDomain = "cluster.local";

    @Option(
            names = "--svid-ttl",
            paramLabel = "DURATION",
            description = "the life of certificates, such as 24h, 30m or 45s; default: ${DEFAULT-VALUE}")
    private String svidTtl = "24h";

    @Option(
            names = "--clock-leeway",
            paramLabel = "DURATION",
            description =
                    "how long proxies' certificates are believed beyond their life, since clocks differ; default: ${DEFAULT-VALUE}")
    private String clockLeeway = "60s";

    @Option(
            names = "--lease",
            paramLabel = "DURATION",
            description = "how long an instance stays when nothing is heard of its proxy; default: ${DEFAULT-VALUE}")
    private String lease = "10s";

    @Option(names = "--store", paramLabel = "KIND", description = "sqlite or memory; default: ${DEFAULT-VALUE}")
    private String store = "sqlite";

    @Override
    public Integer call() throws InterruptedException {
        return ControlMain.run(Configuration.of(this), System.out, System.err);
    }

    /** Apart from the command, whose own signatures must not name what only the control plane's class path has. */
    private static final class Configuration {
        private Configuration() {}

        static ControlConfig of(ServerCommand options) {
            try {
                return new ControlConfig(
                        options.stateDirectory == null ? StatePaths.server() : options.stateDirectory,
                        Listen.loopback(options.restPort),
                        listen(options.listen),
                        Listen.loopback(options.metricsPort),
                        new TrustDomain(options.trustDomain),
                        Durations.parse("--svid-ttl", options.svidTtl),
                        store(options.store),
                        Durations.parse("--clock-leeway", options.clockLeeway),
                        Durations.parse("--lease", options.lease));
            } catch (IllegalArgumentException e) {
                if (options.spec == null) {
                    throw e;
                }
                throw new ParameterException(options.spec.commandLine(), String.valueOf(e.getMessage()), e);
            }
        }

        private static Listen listen(String text) {
            int colon = text.lastIndexOf(':');
            String host = text.substring(0, Math.max(0, colon));
            String port = text.substring(colon + 1);
            if (host.isEmpty() || !port.matches("[0-9]{1,5}")) {
                throw new IllegalArgumentException(
                        "--listen \"" + text + "\": expected HOST:PORT, such as 0.0.0.0:15010");
            }
            boolean bracketed = host.startsWith("[") && host.endsWith("]");
            return new Listen(bracketed ? host.substring(1, host.length() - 1) : host, Integer.parseInt(port));
        }

        private static Store store(String text) {
            for (Store known : Store.values()) {
                if (known.name().toLowerCase(Locale.ROOT).equals(text)) {
                    return known;
                }
            }
            throw new IllegalArgumentException("--store \"" + text + "\": expected sqlite or memory");
        }
    }
}
