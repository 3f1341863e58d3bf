package io.weft.cli.rest;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.state.StatePaths;
import io.weft.core.violation.Unreadable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say which control plane a command is for. */
public final class ServerOptions {
    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "the REST API, such as http://127.0.0.1:9900; default: the control plane on this host")
    private @Nullable String server;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "holds the REST API's token; default: the one of the control plane on this host")
    private @Nullable Path tokenFile;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "the state directory of the control plane on this host; default: below the user's state")
    private @Nullable Path stateDirectory;

    public Path stateDirectory() {
        return stateDirectory == null ? StatePaths.server() : stateDirectory;
    }

    /** The API, ready to be asked. */
    public ControlPlane connect() throws CommandFailedException {
        if (server != null && tokenFile != null) {
            return new ControlPlane(url(server), token(tokenFile));
        }
        ServerLocation location = ServerLocation.read(stateDirectory());
        return new ControlPlane(
                url(server == null ? location.rest() : server),
                token(tokenFile == null ? location.tokenFile() : tokenFile));
    }

    private static URI url(String text) throws CommandFailedException {
        try {
            URI uri = URI.create(text);
            if ("http".equals(uri.getScheme()) && uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw CommandFailedException.invalid("--server \"" + text + "\": expected a URL such as http://127.0.0.1:9900");
    }

    private static String token(Path file) throws CommandFailedException {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw CommandFailedException.failed("the REST API's token cannot be read from " + file + ": "
                    + Unreadable.reason(e)
                    + "; it is made at the control plane's first start, and its owner alone may read it");
        }
    }
}
