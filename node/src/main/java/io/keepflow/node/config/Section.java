package io.keepflow.node.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** One section of the file: hands out its values checked, and remembers which keys were asked for. */
final class Section {
    private final String name;
    private final @Nullable TomlTable table;
    private final TomlPosition position;
    private final Problems problems;
    private final Set<String> known = new LinkedHashSet<>();
    private boolean silent;

    Section(String name, @Nullable TomlTable table, TomlPosition position, Problems problems) {
        this.name = name;
        this.table = table;
        this.position = position;
        this.problems = problems;
    }

    /** Turns a TOML value into the program's; the message of what it throws follows the key. */
    interface Reader<T> {
        T read(Object value) throws BadValue;
    }

    /** Why a value cannot be used. */
    static final class BadValue extends Exception {
        private static final long serialVersionUID = 1L;

        BadValue(String message) {
            super(message);
        }
    }

    String name() {
        return name;
    }

    boolean isPresent() {
        return table != null;
    }

    boolean has(String key) {
        return table != null && table.get(List.of(key)) != null;
    }

    boolean knows(String key) {
        return known.contains(key);
    }

    /** Says no more about missing keys: the section itself is wrong, and that was said. */
    void silence() {
        silent = true;
    }

    /** The value of a key that must be there; null when it is not, or wrong, which is then a problem. */
    <T> @Nullable T required(String key, Reader<T> reader) {
        if (!has(key) && !silent) {
            problems.addMissing(position, name + "." + key, "the key is missing from [" + name + "]");
        }
        return optional(key, reader);
    }

    <T> T optional(String key, T fallback, Reader<T> reader) {
        T value = optional(key, reader);
        return value == null ? fallback : value;
    }

    <T> @Nullable T optional(String key, Reader<T> reader) {
        known.add(key);
        Object value = table == null ? null : table.get(List.of(key));
        if (value == null) {
            return null;
        }
        try {
            return reader.read(value);
        } catch (BadValue e) {
            problem(key, String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** The distinct items of a list that has at least one; empty when the key is not there. */
    <T> List<T> list(String key, Reader<T> reader) {
        TomlArray array = optional(key, Values::list);
        if (array == null) {
            return List.of();
        }
        List<T> items = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            TomlPosition at = array.inputPositionOf(i);
            try {
                T item = reader.read(array.get(i));
                if (items.contains(item)) {
                    problems.addWrong(at, name + "." + key, Values.show(array.get(i)) + " stands there twice");
                }
                items.add(item);
            } catch (BadValue e) {
                problems.addWrong(at, name + "." + key, String.valueOf(e.getMessage()));
            }
        }
        return List.copyOf(items);
    }

    /** The distinct items of a list, or the one item that stands there without brackets. */
    <T> List<T> oneOrMore(String key, Reader<T> reader) {
        Object value = table == null ? null : table.get(List.of(key));
        if (value instanceof TomlArray) {
            return list(key, reader);
        }
        T single = optional(key, reader);
        return single == null ? List.of() : List.of(single);
    }

    /** Turns one table of a list into the program's; adds its problems itself. */
    interface TableReader<T> {
        T read(Section section);
    }

    /** The tables of a list, each read as a section named as {@code replicate.include[2]}, counted from 1. */
    <T> List<T> tables(String key, int most, TableReader<T> reader) {
        TomlArray array = optional(key, Values::rules);
        if (array == null) {
            return List.of();
        }
        if (array.size() > most) {
            problem(key, "has " + array.size() + " items, expected at most " + most);
        }
        List<T> items = new ArrayList<>();
        for (int i = 0; i < Math.min(array.size(), most); i++) {
            TomlPosition at = array.inputPositionOf(i);
            String itemName = name + "." + key + "[" + (i + 1) + "]";
            if (array.get(i) instanceof TomlTable item) {
                items.add(reader.read(new Section(itemName, item, at, problems)));
            } else {
                problems.addWrong(at, itemName, Values.wrongType(array.get(i)) + ", " + Values.EXPECTED_RULES);
            }
        }
        return List.copyOf(items);
    }

    /** Line of the file at which the section begins. */
    int line() {
        return position.line();
    }

    boolean isEmpty() {
        return table == null || table.isEmpty();
    }

    /** A problem of the section as a whole. */
    void problem(String text) {
        problems.addWrong(position, name, text);
    }

    void problem(String key, String text) {
        problems.addWrong(position(key), name + "." + key, text);
    }

    /** Adds a problem for every key that nobody has asked for. */
    void rejectUnknown() {
        if (table == null) {
            return;
        }
        for (String key : table.keySet()) {
            if (!known.contains(key)) {
                problem(key, "unknown key" + Spelling.hint(key, known));
            }
        }
    }

    private TomlPosition position(String key) {
        TomlPosition found = table == null ? null : table.inputPositionOf(List.of(key));
        return found == null ? position : found;
    }
}
