package io.keepflow.node.cli;

/** A command that could not do its work: one sentence for the operator with what to do, and the exit code. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Exit codes of every command; 2 is also picocli's for a wrong command line. */
    static final int OK = 0;

    static final int FAILED = 1;
    static final int UNREACHABLE = 2;

    /** Of commands that say something else with 1. */
    static final int REFUSED = 3;

    private final int exitCode;

    Failure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    Failure(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
