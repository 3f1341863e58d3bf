package io.weft.control;

import java.nio.file.Path;

/** A control plane in a process of its own, for tests that kill it. */
public final class ControlProcess {
    private ControlProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        ControlConfig free = ControlConfig.forTests(Path.of(arguments[0]));
        ControlConfig config = new ControlConfig(
                free.stateDirectory(),
                free.rest(),
                free.xds(),
                free.metrics(),
                free.trustDomain(),
                free.svidTtl(),
                ControlConfig.Store.SQLITE);
        System.exit(ControlMain.run(config, System.out, System.err));
    }
}
