package io.weft.cli;

import io.weft.control.ControlConfig;
import io.weft.control.ControlMain;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code weft server}: the control plane as a process. */
@Command(name = "server", mixinStandardHelpOptions = true, description = "Runs a control plane.")
final class ServerCommand implements Callable<Integer> {
    @Override
    public Integer call() throws InterruptedException {
        return ControlMain.run(ControlConfig.defaults(StatePaths.server()), System.out, System.err);
    }
}
