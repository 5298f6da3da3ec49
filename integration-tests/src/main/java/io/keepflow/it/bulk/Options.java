package io.keepflow.it.bulk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The command line.
 *
 * @param plans the cases, one after the other
 * @param partition whether the link is cut, instead of losing datagrams
 * @param json whether the result goes to standard output as JSON
 */
record Options(List<BulkPlan> plans, boolean partition, boolean json) {
    private static final int MAX_NODES = 8;
    private static final int MIN_FLOWS = 1_000;
    private static final int MAX_FLOWS = 1_500_000;
    private static final int MAX_LOSS = 90;

    static Options parse(String... args) {
        List<Integer> nodes = List.of(2);
        List<Integer> flows = List.of(200_000);
        List<Integer> losses = List.of(5);
        boolean partition = false;
        boolean json = false;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--nodes" -> nodes = numbers(args, ++i, 2, MAX_NODES);
                case "--flows" -> flows = numbers(args, ++i, MIN_FLOWS, MAX_FLOWS);
                case "--loss" -> losses = numbers(args, ++i, 0, MAX_LOSS);
                case "--partition" -> {
                    partition = true;
                    losses = List.of(0);
                }
                case "--json" -> json = true;
                default -> throw new IllegalArgumentException("unknown option " + args[i] + "; see ./bulk --help");
            }
        }
        return new Options(plans(flows, nodes, losses), partition, json);
    }

    private static List<BulkPlan> plans(List<Integer> flows, List<Integer> nodes, List<Integer> losses) {
        List<BulkPlan> plans = new ArrayList<>();
        for (int flowCount : flows) {
            for (int nodeCount : nodes) {
                for (int loss : losses) {
                    plans.add(new BulkPlan(nodeCount, flowCount, loss));
                }
            }
        }
        return plans;
    }

    private static List<Integer> numbers(String[] args, int i, int least, int most) {
        if (i >= args.length) {
            throw new IllegalArgumentException(args[i - 1] + " needs a value; see ./bulk --help");
        }
        return Arrays.stream(args[i].split(",", -1))
                .map(text -> number(args[i - 1], text, least, most))
                .toList();
    }

    private static Integer number(String option, String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option + " needs numbers, not " + text, e);
        }
        throw new IllegalArgumentException(option + " takes " + least + " to " + most + ", not " + text);
    }
}
