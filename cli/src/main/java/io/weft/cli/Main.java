package io.weft.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code weft} command. */
@Command(
        name = "weft",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Provider.class,
        description = "A service mesh: proxies, control plane, CA and command line in one.",
        subcommands = {ProxyCommand.class, ServerCommand.class, VersionCommand.class})
public final class Main {
    private Main() {}

    /** Exit codes: 0 done, 1 failed, 2 used wrongly. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main());
    }
}
