package io.weft.cli;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import io.weft.core.identity.PrivateFiles;
import io.weft.core.violation.Unreadable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code weft token}. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "Join tokens, with which proxies get their first certificate.",
        subcommands = TokenCommand.Create.class)
final class TokenCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "expected: weft token create");
        }
        return CommandFailedException.INVALID;
    }

    /** {@code weft token create}. */
    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description =
                    "Makes a join token for an identity. It is a secret: whoever has it can become that identity.")
    static final class Create implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Mixin
        private ServerOptions server = new ServerOptions();

        @Option(
                names = {"-n", "--namespace"},
                required = true,
                paramLabel = "NAME")
        private String namespace = "";

        @Option(names = "--service-account", required = true, paramLabel = "NAME")
        private String serviceAccount = "";

        @Option(
                names = "--workload",
                paramLabel = "NAME",
                description = "the only name that its bearer may register under")
        private @Nullable String workload;

        @Option(
                names = "--ttl",
                paramLabel = "DURATION",
                description = "how long it serves, such as 10m; default: ${DEFAULT-VALUE}")
        private String ttl = "1h";

        @Option(
                names = "--out",
                paramLabel = "FILE",
                description = "a new file that you alone can read; default: standard output")
        private @Nullable Path out;

        @Override
        public Integer call() throws CommandFailedException {
            Map<String, Object> body = new HashMap<>();
            body.put("namespace", namespace);
            body.put("serviceAccount", serviceAccount);
            body.put("ttlSeconds", seconds());
            if (workload != null) {
                body.put("workload", workload);
            }
            try (ControlPlane plane = server.connect()) {
                JsonNode made = plane.post("/tokens", Map.of(), body);
                String token = made.required("token").asString();
                if (out == null) {
                    System.out.println(token);
                } else {
                    write(out, token);
                }
                System.err.println("for " + made.path("spiffeId").asString("") + ", until "
                        + made.path("expiresAt").asString(""));
                return 0;
            }
        }

        private long seconds() {
            try {
                return Durations.parse("--ttl", ttl).toSeconds();
            } catch (IllegalArgumentException e) {
                if (spec == null) {
                    throw e;
                }
                throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
            }
        }

        private static void write(Path file, String token) throws CommandFailedException {
            try {
                if (!PrivateFiles.writeNew(file, (token + "\n").getBytes(StandardCharsets.UTF_8))) {
                    throw CommandFailedException.failed(file + " exists: take another --out, or remove it");
                }
            } catch (IOException e) {
                throw CommandFailedException.failed(
                        "the token cannot be written to " + file + ": " + Unreadable.reason(e));
            }
        }
    }
}
