package io.keepflow.node.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A run that broke an invariant, and what a person needs to know of it. */
record FuzzFailure(String of, Throwable cause, FuzzScript script, List<String> trace) {
    /** Runs a script; null if all went well. A run with a full trace prints it. */
    static @Nullable FuzzFailure of(String name, FuzzScript script, boolean printsTrace) {
        FuzzRun run = new FuzzRun(script, printsTrace);
        Throwable cause = failure(run);
        if (printsTrace) {
            System.out.println(
                    name + "\n" + String.join("\n", script.lines()) + "\n" + String.join("\n", run.trace.lines()));
        }
        if (cause == null) {
            return null;
        }
        FuzzScript least = new FuzzShrinker(FuzzFailure::invariant, invariant(cause)).shrink(script);
        FuzzRun shortest = new FuzzRun(least, false);
        Throwable again = failure(shortest);
        return new FuzzFailure(name, again == null ? cause : again, least, shortest.trace.lines());
    }

    private static @Nullable Throwable failure(FuzzRun run) {
        try {
            run.run();
            return null;
        } catch (RuntimeException | AssertionError e) {
            return e;
        }
    }

    private static String invariant(FuzzScript script) {
        Throwable cause = failure(new FuzzRun(script, false));
        return cause == null ? "" : invariant(cause);
    }

    /** The first word of the message: which invariant it is. */
    private static String invariant(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        int colon = message.indexOf(':');
        return colon < 0 ? cause.getClass().getName() : message.substring(0, colon);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("\n" + of + " broke an invariant.\n" + cause + "\n");
        for (StackTraceElement frame :
                List.of(cause.getStackTrace()).subList(0, Math.min(6, cause.getStackTrace().length))) {
            text.append("    at ").append(frame).append('\n');
        }
        return text + "The shortest script found that fails so:\n" + String.join("\n", script.lines())
                + "\nWhat it came to:\n" + String.join("\n", trace) + "\n";
    }
}
