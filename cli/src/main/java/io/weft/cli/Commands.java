package io.weft.cli;

import io.weft.cli.demo.DemoCommand;
import picocli.CommandLine;

/** The subcommands: the one list of what the command does. */
final class Commands {
    private Commands() {}

    static void addTo(CommandLine line) {
        line.addSubcommand(new ServerCommand());
        line.addSubcommand(new ProxyCommand());
        // What follows the program's name is the program's.
        line.addSubcommand(new CommandLine(new RunCommand()).setStopAtPositional(true));
        line.addSubcommand(new DemoCommand());
        line.addSubcommand(new VersionCommand());
    }
}
