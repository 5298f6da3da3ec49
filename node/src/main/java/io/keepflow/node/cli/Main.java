package io.keepflow.node.cli;

import io.keepflow.node.Node;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Entry of the program: puts the commands together, runs the one that was asked for, turns what it throws into one sentence. */
public final class Main {
    /** As a shell reports a program that SIGPIPE ended. */
    private static final int BROKEN_PIPE = 141;

    private static final int MESSAGE_WIDTH = 78;

    private final Daemon daemon;
    private final KeyFiles keyFiles;
    private final Terminal terminal;
    private final Root root = new Root();
    private boolean outputBroken;

    Main(Daemon daemon, KeyFiles keyFiles, Terminal terminal) {
        this.daemon = daemon;
        this.keyFiles = keyFiles;
        this.terminal = terminal;
    }

    public static void main(String[] args) {
        System.exit(new Main(Node::run, new ClusterKeyFiles(), Terminal.system()).execute(args));
    }

    /** Runs one command line; returns the exit code. */
    int execute(String... args) {
        CommandLine line = commandLine();
        int exitCode = line.execute(args);
        try {
            if (!outputBroken) {
                terminal.out().flush();
            }
        } catch (IOException e) {
            exitCode = outputFailed(e);
        }
        terminal.err().flush();
        return exitCode;
    }

    private CommandLine commandLine() {
        CommandLine line = new CommandLine(root)
                .addSubcommand(new RunCommand(daemon, terminal, root))
                .addSubcommand(new StatusCommand(terminal))
                .addSubcommand(new FlowsCommand(terminal))
                .addSubcommand(new VerifyCommand(terminal))
                .addSubcommand(new ResyncCommand(terminal))
                .addSubcommand(new ExpectationsCommand(terminal))
                .addSubcommand(new CheckCommand(keyFiles, terminal))
                .addSubcommand(new KeygenCommand(keyFiles, terminal))
                .addSubcommand(new RoleCommand.Promote(terminal))
                .addSubcommand(new RoleCommand.Demote(terminal));
        line.setOut(new PrintWriter(terminal.out(), false));
        line.setErr(terminal.err());
        line.setColorScheme(CommandLine.Help.defaultColorScheme(
                terminal.colour() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
        line.setAbbreviatedOptionsAllowed(false);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, args) -> wrongCommandLine(e));
        line.setExecutionExceptionHandler((e, command, parsed) -> failed(e));
        return line;
    }

    private int wrongCommandLine(ParameterException e) {
        PrintWriter err = terminal.err();
        String name = e.getCommandLine().getCommandSpec().qualifiedName();
        err.println(name + ": " + firstLine(e.getMessage()) + suggestions(e));
        err.println("Try '" + name + " --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    private static String suggestions(ParameterException e) {
        List<String> near = e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        return near.isEmpty()
                ? ""
                : "; did you mean " + String.join(" or ", near.subList(0, Math.min(2, near.size()))) + "?";
    }

    private int failed(Exception e) {
        if (e instanceof Failure failure) {
            complain(failure.getMessage(), e);
            return failure.exitCode();
        }
        if (e instanceof IOException io) {
            return outputFailed(io);
        }
        if (e.getCause() instanceof IOException io) {
            return outputFailed(io);
        }
        complain("an error of keepflow itself, " + e + "; run it again with --debug and report what that prints", e);
        return Failure.FAILED;
    }

    /** Standard output is all that commands write to without turning its errors into a Failure. */
    private int outputFailed(IOException e) {
        outputBroken = true;
        if (String.valueOf(e.getMessage()).contains("Broken pipe")) {
            return BROKEN_PIPE;
        }
        complain("the output cannot be written: " + e.getMessage(), e);
        return Failure.FAILED;
    }

    private void complain(@Nullable String message, Exception e) {
        String text = "keepflow: " + message;
        if (text.contains("\n")) {
            terminal.err().println(text);
        } else {
            terminal.err().println(String.join("\n  ", Amounts.wrap(text, MESSAGE_WIDTH)));
        }
        if (root.debug()) {
            e.printStackTrace(terminal.err());
        }
    }

    private static String firstLine(@Nullable String message) {
        return message == null
                ? "wrong command line"
                : message.lines().findFirst().orElse("");
    }
}
