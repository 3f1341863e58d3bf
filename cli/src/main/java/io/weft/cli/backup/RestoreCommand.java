package io.weft.cli.backup;

import io.weft.cli.state.StatePaths;
import io.weft.control.RestoreMain;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weft restore}. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Restores a backup into a state directory on which no control plane runs.",
            "Proxies go on with the restored control plane where they find it at the same address: it has the same CA."
        })
public final class RestoreCommand implements Callable<Integer> {
    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "the control plane's state directory; default: below the user's state")
    private @Nullable Path stateDirectory;

    @Option(names = "--force", description = "moves aside what the directory holds, to replaced-* in there")
    private boolean force;

    @Parameters(paramLabel = "FILE", description = "made by 'weft backup'")
    private Path file = Path.of("");

    @Override
    public Integer call() {
        return RestoreMain.run(
                file, stateDirectory == null ? StatePaths.server() : stateDirectory, force, System.out, System.err);
    }
}
