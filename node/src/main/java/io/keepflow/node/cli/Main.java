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

    /** In the order of the help. */
    private static final List<String> COMMANDS = List.of(
            "run", "status", "flows", "verify", "resync", "expectations", "check", "keygen", "promote", "demote");

    private final Daemon daemon;
    private final KeyFiles keyFiles;
    private final Terminal terminal;

    /** Null as long as the parser has not been needed. */
    private @Nullable Root root;

    private boolean outputBroken;

    Main(Daemon daemon, KeyFiles keyFiles, Terminal terminal) {
        this.daemon = daemon;
        this.keyFiles = keyFiles;
        this.terminal = terminal;
    }

    public static void main(String[] args) {
        System.exit(ofThisProcess().execute(args));
    }

    static Main ofThisProcess() {
        return new Main(config -> Node.run(config), new ClusterKeyFiles(), Terminal.system());
    }

    /** Runs one command line; returns the exit code. */
    int execute(String... args) {
        PlainStatus status = PlainStatus.of(args);
        int exitCode = status != null ? run(status) : commandLine(args).execute(args);
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

    private int run(PlainStatus status) {
        try {
            return status.command(terminal).call();
        } catch (IOException | RuntimeException e) {
            return failed(e);
        }
    }

    private CommandLine commandLine(String... words) {
        Root options = new Root();
        root = options;
        CommandLine line = new CommandLine(options);
        for (String name : asked(words)) {
            line.addSubcommand(command(name, options));
        }
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

    /** The one command that the words begin with, because reflecting on the others takes time; all where it is not that plain. */
    private static List<String> asked(String... words) {
        if (words.length == 1 && words[0].equals("--version")) {
            return List.of();
        }
        for (String word : words) {
            if (COMMANDS.contains(word)) {
                return List.of(word);
            }
            if (!word.equals("--debug")) {
                return COMMANDS;
            }
        }
        return COMMANDS;
    }

    private Object command(String name, Root options) {
        return switch (name) {
            case "run" -> new RunCommand(daemon, terminal, options);
            case "status" -> new StatusCommand(terminal, new SocketOptions(), StatusCommand.Format.text);
            case "flows" -> new FlowsCommand(terminal);
            case "verify" -> new VerifyCommand(terminal);
            case "resync" -> new ResyncCommand(terminal);
            case "expectations" -> new ExpectationsCommand(terminal);
            case "check" -> new CheckCommand(keyFiles, terminal);
            case "keygen" -> new KeygenCommand(keyFiles, terminal);
            case "promote" -> new RoleCommand.Promote(terminal);
            case "demote" -> new RoleCommand.Demote(terminal);
            default -> throw new IllegalArgumentException("no command " + name);
        };
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
        if (root != null && root.debug()) {
            e.printStackTrace(terminal.err());
        }
    }

    private static String firstLine(@Nullable String message) {
        return message == null
                ? "wrong command line"
                : message.lines().findFirst().orElse("");
    }
}
