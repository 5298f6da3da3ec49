package io.keepflow.node.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * {@code keepflow status} in the two forms that prompts, health checks and monitoring ask all the time: with nothing, or with
 * {@code --socket PATH}. They are understood without the parser, whose reflection takes longer than the question.
 */
final class PlainStatus {
    private PlainStatus() {}

    /** Whether the words are one of those forms; all others are the parser's. */
    static boolean isMeant(String... words) {
        return switch (words.length) {
            case 1 -> words[0].equals("status");
            case 3 ->
                words[0].equals("status") && words[1].equals("--socket") && !words[2].isEmpty() && isPlain(words[2]);
            default -> false;
        };
    }

    /** Runs it; returns the exit code. */
    static int run(Terminal terminal, String... words) throws IOException {
        @Nullable Path socket = words.length == 3 ? Path.of(words[2]) : null;
        return new StatusCommand(terminal, SocketOptions.at(socket)).call();
    }

    /** What the parser may read as something else than a path: options, files of arguments, quotes, variables. */
    private static boolean isPlain(String path) {
        return "-@\"'".indexOf(path.charAt(0)) < 0 && path.indexOf('$') < 0;
    }
}
