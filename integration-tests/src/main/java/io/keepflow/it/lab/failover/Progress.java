package io.keepflow.it.lab.failover;

/** Told what is going on while a scenario runs. */
@FunctionalInterface
public interface Progress {
    /** Tells nobody. */
    Progress SILENT = message -> {};

    void report(String message);
}
