package io.weft.cli;

import io.weft.cli.process.Signals;
import io.weft.cli.state.StatePaths;
import io.weft.proxy.ProxyMain;
import io.weft.proxy.ProxyOptions;
import io.weft.proxy.StopRequests;
import io.weft.proxy.transport.TransportKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft proxy}: the data plane as a process. */
@Command(
        name = "proxy",
        mixinStandardHelpOptions = true,
        description = "Runs a proxy from a bootstrap file (Envoy's Bootstrap message, YAML or JSON).")
final class ProxyCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "the bootstrap file")
    private Path config = Path.of("");

    @Option(names = "--token-file", paramLabel = "FILE", description = "a join token, readable by you alone")
    private @Nullable Path tokenFile;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "identity and configuration cache; default: a folder of this proxy's below the user's state")
    private @Nullable Path stateDirectory;

    @Option(
            names = "--transport",
            paramLabel = "KIND",
            description = {
                "how to use sockets: auto, io_uring, epoll or nio; what does not work here falls back to the next;",
                "auto: epoll where there is one; default: ${DEFAULT-VALUE}"
            })
    private String transport = "auto";

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            description = "event loops; default: the cores, at most " + ProxyOptions.SIDECAR_LOOPS)
    private int loops =
            Math.min(ProxyOptions.SIDECAR_LOOPS, Runtime.getRuntime().availableProcessors());

    @Option(
            names = "--drain-seconds",
            paramLabel = "N",
            description =
                    "how long running requests may take to end at a stop, 0 to 3600; 0: they are cut; default: ${DEFAULT-VALUE}")
    private long drainSeconds = ProxyOptions.DEFAULT_DRAIN_BOUND.toSeconds();

    @Option(
            names = "--clock-leeway",
            paramLabel = "DURATION",
            description =
                    "how long peers' certificates are believed beyond their life, since clocks differ; default: ${DEFAULT-VALUE}")
    private String clockLeeway = "60s";

    @Option(
            names = "--warm-up-requests",
            paramLabel = "N",
            description = {
                "requests to itself before it says that it is ready, at most for two seconds, so that the first ones of others do not",
                "wait for compilers; no metric or log holds them; 0: none; default: ${DEFAULT-VALUE}"
            })
    private int warmUpRequests = ProxyOptions.DEFAULT_WARM_UP_REQUESTS;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        ProxyOptions options;
        try {
            options = options();
        } catch (IllegalArgumentException e) {
            if (spec == null) {
                throw e;
            }
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        return run(options);
    }

    private ProxyOptions options() {
        return new ProxyOptions(
                config,
                tokenFile,
                stateDirectory == null ? StatePaths.proxy(config) : stateDirectory,
                TransportKind.named(transport),
                loops,
                Duration.ofSeconds(drainSeconds),
                Durations.parse("--clock-leeway", clockLeeway),
                warmUpRequests);
    }

    static int run(ProxyOptions options) throws InterruptedException {
        StopRequests stops = new StopRequests();
        for (String signal : List.of("TERM", "INT")) {
            Signals.handle(signal, _ -> stops.request());
        }
        return ProxyMain.run(options, stops, System.out, System.err);
    }

    /**
     * Reads a command line of options that each stand once with a value behind. A sidecar is started with no other, and need not wait for picocli,
     * whose classes no AOT cache takes, since they are of an old class file version.
     *
     * @return null for any other command line, help and mistakes among them: picocli tells of those
     */
    static @Nullable ProxyOptions plain(String[] arguments) {
        if (arguments.length % 2 == 0 || !arguments[0].equals("proxy")) {
            return null;
        }
        ProxyCommand command = new ProxyCommand();
        Set<String> seen = new HashSet<>();
        try {
            for (int i = 1; i < arguments.length; i += 2) {
                String option = arguments[i].equals("-c") ? "--config" : arguments[i];
                if (!seen.add(option) || !command.take(option, arguments[i + 1])) {
                    return null;
                }
            }
            return seen.contains("--config") ? command.options() : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private boolean take(String option, String value) {
        if (value.startsWith("-")) {
            return false;
        }
        switch (option) {
            case "--config" -> config = Path.of(value);
            case "--token-file" -> tokenFile = Path.of(value);
            case "--state-dir" -> stateDirectory = Path.of(value);
            case "--transport" -> transport = value;
            case "--concurrency" -> loops = Integer.parseInt(value);
            case "--drain-seconds" -> drainSeconds = Long.parseLong(value);
            case "--clock-leeway" -> clockLeeway = value;
            case "--warm-up-requests" -> warmUpRequests = Integer.parseInt(value);
            default -> {
                return false;
            }
        }
        return true;
    }
}
