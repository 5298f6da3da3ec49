package io.keepflow.node.config;

import io.keepflow.node.config.ConfigException.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlPosition;

/** Collects what is wrong with one file. */
final class Problems {
    private final String file;
    private final List<Problem> syntax = new ArrayList<>();
    private final List<Problem> wrong = new ArrayList<>();
    private final List<Problem> missing = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void addSyntax(TomlPosition position, String text) {
        syntax.add(new Problem(file, position.line(), position.column(), "", "not TOML: " + text));
    }

    void addWrong(TomlPosition position, String key, String text) {
        wrong.add(new Problem(file, position.line(), position.column(), key, text));
    }

    void addMissing(TomlPosition position, String key, String text) {
        missing.add(new Problem(file, position.line(), position.column(), key, text));
    }

    /** The one problem of a file that cannot be read. */
    ConfigException ofFile(String text) {
        return new ConfigException(List.of(new Problem(file, 0, 0, "", text)));
    }

    /**
     * Ends the reading. After a syntax error the parser's idea of what belongs where is not to be trusted, so of the other
     * problems only those before the first syntax error are told.
     */
    void throwIfAny() throws ConfigException {
        List<Problem> all = new ArrayList<>(syntax);
        int trusted = syntax.stream().mapToInt(Problem::line).min().orElse(Integer.MAX_VALUE);
        wrong.stream().filter(problem -> problem.line() < trusted).forEach(all::add);
        if (syntax.isEmpty()) {
            all.addAll(missing);
        }
        if (!all.isEmpty()) {
            all.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
            throw new ConfigException(all);
        }
    }

    /** A part that is there because no problem was found. */
    <T> T sound(@Nullable T part) {
        return Objects.requireNonNull(part, "a part without problems is there");
    }
}
