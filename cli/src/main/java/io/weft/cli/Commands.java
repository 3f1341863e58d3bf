package io.weft.cli;

import io.weft.cli.backup.BackupCommand;
import io.weft.cli.backup.RestoreCommand;
import io.weft.cli.change.ApplyCommand;
import io.weft.cli.change.DeleteCommand;
import io.weft.cli.change.DiffCommand;
import io.weft.cli.change.ValidateCommand;
import io.weft.cli.demo.DemoCommand;
import io.weft.cli.show.CertsCommand;
import io.weft.cli.show.CheckCommand;
import io.weft.cli.show.DescribeCommand;
import io.weft.cli.show.EndpointsCommand;
import io.weft.cli.show.GetCommand;
import io.weft.cli.show.RoutesCommand;
import io.weft.cli.show.StatusCommand;
import picocli.CommandLine;

/** The subcommands: the one list of what the command does. */
final class Commands {
    private Commands() {}

    static void addTo(CommandLine line) {
        line.addSubcommand(new DemoCommand());
        line.addSubcommand(new ServerCommand());
        line.addSubcommand(new ProxyCommand());
        // What follows the program's name is the program's.
        line.addSubcommand(new CommandLine(new RunCommand()).setStopAtPositional(true));
        line.addSubcommand(new ApplyCommand());
        line.addSubcommand(new GetCommand());
        line.addSubcommand(new DescribeCommand());
        line.addSubcommand(new DeleteCommand());
        line.addSubcommand(new DiffCommand());
        line.addSubcommand(new ValidateCommand());
        line.addSubcommand(new StatusCommand());
        line.addSubcommand(new RoutesCommand());
        line.addSubcommand(new EndpointsCommand());
        line.addSubcommand(new CertsCommand());
        line.addSubcommand(new TokenCommand());
        line.addSubcommand(new CheckCommand());
        line.addSubcommand(new BackupCommand());
        line.addSubcommand(new RestoreCommand());
        line.addSubcommand(new CompletionCommand());
        line.addSubcommand(new VersionCommand());
    }
}
