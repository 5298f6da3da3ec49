package io.keepflow.node.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** The top level of the file: its sections. */
final class Document {
    private static final TomlPosition START = TomlPosition.positionAt(1, 1);

    private final TomlTable toml;
    private final Problems problems;
    private final Map<String, Section> sections = new LinkedHashMap<>();

    Document(TomlTable toml, Problems problems) {
        this.toml = toml;
        this.problems = problems;
    }

    /** The section of this name, empty when the file has none; {@code required}: then its absence is a problem. */
    Section section(String name, boolean required) {
        Object value = toml.get(List.of(name));
        Section section = new Section(name, value instanceof TomlTable table ? table : null, position(name), problems);
        sections.put(name, section);
        if (value != null && !(value instanceof TomlTable)) {
            problems.addWrong(position(name), name, "is no section, expected [" + name + "] and its keys below it");
            section.silence();
        } else if (value == null && required) {
            problems.addMissing(START, name, "the section [" + name + "] is missing");
            section.silence();
        }
        return section;
    }

    /** Adds a problem for every section or key at the top level that nobody has asked for. */
    void rejectUnknown() {
        for (String name : toml.keySet()) {
            if (!sections.containsKey(name)) {
                problems.addWrong(position(name), name, unknown(name, toml.get(List.of(name)) instanceof TomlTable));
            }
        }
    }

    private String unknown(String name, boolean isTable) {
        for (Section section : sections.values()) {
            if (!isTable && section.knows(name)) {
                return "stands outside of any section, expected below [" + section.name() + "]";
            }
        }
        String what = isTable ? "unknown section" : "unknown key outside of any section";
        return what + Spelling.hint(name, sections.keySet());
    }

    private TomlPosition position(String name) {
        TomlPosition position = toml.inputPositionOf(List.of(name));
        return position == null ? START : position;
    }
}
