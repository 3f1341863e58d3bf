package io.weft.cli;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.log.LogSetup;
import io.weft.proxy.ProxyOptions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code weft} command. */
@Command(
        name = "weft",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Provider.class,
        description = "A service mesh: proxies, control plane, CA and command line in one.")
public final class Main {
    private Main() {}

    /** Exit codes: 0 done, 1 failed, 2 used wrongly or invalid input. */
    public static void main(String[] arguments) throws InterruptedException {
        LogSetup.install();
        ProxyOptions proxy = ProxyCommand.plain(arguments);
        if (proxy != null) {
            System.exit(ProxyCommand.run(proxy));
        }
        System.exit(commandLine(arguments.length == 0 ? "" : arguments[0]).execute(arguments));
    }

    /** All of it. */
    static CommandLine commandLine() {
        return commandLine("");
    }

    /** The proxy starts without the rest, which its class path does not hold and its start need not wait for. */
    private static CommandLine commandLine(String first) {
        CommandLine line = new CommandLine(new Main());
        if (first.equals("proxy")) {
            line.addSubcommand(new ProxyCommand());
        } else {
            Commands.addTo(line);
        }
        line.setParameterExceptionHandler(Main::correct);
        line.setExecutionExceptionHandler(Main::explain);
        return line;
    }

    /** What is wrong, without the help that would hide it. */
    private static int correct(ParameterException wrong, String[] arguments) {
        CommandLine line = wrong.getCommandLine();
        line.getErr().println("weft: " + wrong.getMessage());
        if (arguments.length == 0) {
            line.usage(line.getErr());
        } else if (!UnmatchedArgumentException.printSuggestions(wrong, line.getErr())) {
            line.getErr().println("see " + line.getCommandSpec().qualifiedName() + " --help");
        }
        line.getErr().flush();
        return line.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static int explain(Exception failure, CommandLine line, CommandLine.ParseResult parsed) throws Exception {
        if (failure instanceof CommandFailedException known) {
            known.lines().forEach(text -> line.getErr().println("weft: " + text));
            line.getErr().flush();
            return known.exitCode();
        }
        throw failure;
    }
}
