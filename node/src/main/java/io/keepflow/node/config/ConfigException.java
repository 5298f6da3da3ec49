package io.keepflow.node.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used; carries every problem that was found, in the order of the file. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    ConfigException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }

    /**
     * One problem; prints as {@code file:line:column: key: text}.
     *
     * @param line from 1; 0 when the problem is the file itself
     * @param key as {@code cluster.bind}; empty when the problem is no key's
     * @param text what is wrong, and what was expected
     */
    public record Problem(String file, int line, int column, String key, String text) {
        @Override
        public String toString() {
            String place = line == 0 ? file : file + ":" + line + ":" + column;
            return key.isEmpty() ? place + ": " + text : place + ": " + key + ": " + text;
        }
    }
}
