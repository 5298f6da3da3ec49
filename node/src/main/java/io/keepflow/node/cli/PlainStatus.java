package io.keepflow.node.cli;

import io.keepflow.node.cli.StatusCommand.Format;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * {@code keepflow status} in the forms that prompts, health checks and monitoring ask all the time: alone, with
 * {@code --socket PATH}, with {@code -o FORMAT} or {@code --output FORMAT}. They are understood without the parser, whose
 * reflection takes longer than the question.
 *
 * @param socket null if none was given
 */
record PlainStatus(@Nullable Path socket, Format format) {
    /** What the words say; null if only the parser can tell, as it does of everything that is wrong. */
    static @Nullable PlainStatus of(String... words) {
        if (words.length % 2 == 0 || !words[0].equals("status")) {
            return null;
        }
        Path socket = null;
        Format format = null;
        for (int i = 1; i < words.length; i += 2) {
            String value = words[i + 1];
            switch (words[i]) {
                case "--socket" -> {
                    if (socket != null || !isPlain(value)) {
                        return null;
                    }
                    socket = Path.of(value);
                }
                case "-o", "--output" -> {
                    if (format != null) {
                        return null;
                    }
                    format = format(value);
                    if (format == null) {
                        return null;
                    }
                }
                default -> {
                    return null;
                }
            }
        }
        return new PlainStatus(socket, format == null ? Format.text : format);
    }

    StatusCommand command(Terminal terminal) {
        return new StatusCommand(terminal, SocketOptions.at(socket), format);
    }

    private static @Nullable Format format(String word) {
        return switch (word) {
            case "text" -> Format.text;
            case "json" -> Format.json;
            default -> null;
        };
    }

    /** Not what the parser may read as something else than a path: options, files of arguments, quotes, variables. */
    private static boolean isPlain(String path) {
        return !path.isEmpty()
                && "-@\"'".indexOf(path.charAt(0)) < 0
                && path.indexOf('$') < 0
                && path.indexOf('\0') < 0;
    }
}
