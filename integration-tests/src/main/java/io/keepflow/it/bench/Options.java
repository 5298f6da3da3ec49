package io.keepflow.it.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The command line.
 *
 * @param json where the results go as JSON, if anywhere
 * @param curves what is drawn instead of measuring figures; empty for nothing
 * @param tools the contestants, in the order in which they run
 */
record Options(
        int rounds,
        Set<Group> groups,
        List<Tool> tools,
        Effort effort,
        @Nullable Path json,
        Set<Curve> curves) {
    private static final int ROUNDS = 5;
    private static final int SHORT_ROUNDS = 2;
    private static final int MOST_ROUNDS = 99;

    static Options parse(String... args) {
        int rounds = 0;
        Set<Group> groups = EnumSet.copyOf(Group.USUAL);
        List<Tool> tools = List.of(Tool.values());
        Effort effort = Effort.FULL;
        Path json = null;
        Set<Curve> curves = EnumSet.noneOf(Curve.class);
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--rounds" -> rounds = number(args, ++i);
                case "--figures" -> groups = groups(value(args, ++i));
                case "--only" -> tools = List.of(tool(value(args, ++i)));
                case "--json" -> json = Path.of(value(args, ++i));
                case "--curves" -> {
                    boolean isAll = i + 1 == args.length || args[i + 1].startsWith("--");
                    curves = isAll ? EnumSet.allOf(Curve.class) : curves(args[++i]);
                }
                case "--short" -> {
                    effort = Effort.SHORT;
                    groups = EnumSet.of(Group.SHORT);
                }
                default -> throw new IllegalArgumentException("unknown option " + args[i] + "; see ./bench --help");
            }
        }
        int usual = effort.equals(Effort.SHORT) ? SHORT_ROUNDS : ROUNDS;
        return new Options(rounds == 0 ? usual : rounds, groups, tools, effort, json, curves);
    }

    private static Set<Group> groups(String list) {
        List<Group> groups = new ArrayList<>();
        for (String name : list.split(",", -1)) {
            groups.add(Arrays.stream(Group.values())
                    .filter(group -> group.key().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there are no figures named " + name + ", but "
                            + Arrays.stream(Group.values()).map(Group::key).toList())));
        }
        return EnumSet.copyOf(groups);
    }

    private static Set<Curve> curves(String list) {
        Set<Curve> curves = EnumSet.noneOf(Curve.class);
        for (String name : list.split(",", -1)) {
            curves.add(Arrays.stream(Curve.values())
                    .filter(curve -> curve.key().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("--sweep takes table and lag, not " + name)));
        }
        return curves;
    }

    private static Tool tool(String name) {
        return Arrays.stream(Tool.values())
                .filter(tool -> tool.key().equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--only takes keepflow or conntrackd, not " + name));
    }

    private static int number(String[] args, int i) {
        String text = value(args, i);
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= MOST_ROUNDS) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(args[i - 1] + " needs a number, not " + text, e);
        }
        throw new IllegalArgumentException(args[i - 1] + " takes 1 to " + MOST_ROUNDS + ", not " + text);
    }

    private static String value(String[] args, int i) {
        if (i >= args.length) {
            throw new IllegalArgumentException(args[i - 1] + " needs a value; see ./bench --help");
        }
        return args[i];
    }
}
