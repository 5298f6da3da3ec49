package io.keepflow.node.table;

import io.keepflow.protocol.Expectation;
import org.jspecify.annotations.Nullable;

/** One expectation in the table: what its owner says of it, and what this node's kernel has of it. */
public final class ExpectationRecord {
    private Expectation expectation;
    private Owner owner;
    private long version;
    private boolean unsent = true;
    private boolean gone;
    private @Nullable Expectation inKernel;
    private long expiresNanos;
    private int attempts;
    private long nextAttemptNanos;
    private int listTag;
    private int auditTag;

    ExpectationRecord(Expectation expectation, Owner owner, long expiresNanos) {
        this.expectation = expectation;
        this.owner = owner;
        this.expiresNanos = expiresNanos;
    }

    public Expectation expectation() {
        return expectation;
    }

    /** Its owner has it so from now on, until then. */
    public void set(Expectation now, long expires) {
        expectation = now;
        expiresNanos = expires;
    }

    public Owner owner() {
        return owner;
    }

    /** 0 until it was published for the first time. */
    public long version() {
        return version;
    }

    public boolean isOwn() {
        return owner.index() == Owners.SELF;
    }

    /** Published by its owner, with this version. */
    public void assign(Owner to, long published) {
        owner = to;
        version = published;
        unsent = false;
    }

    /** This node, or nobody, owns it now, and no peer knows yet. */
    public void claim(Owner to) {
        owner = to;
        unsent = true;
    }

    /** Whether its owner has published it and not taken it back: what the account counts. */
    public boolean isPublished() {
        return !unsent && !gone && version != 0;
    }

    /** Whether peers have ever heard of it. */
    public boolean wasPublished() {
        return version != 0;
    }

    /** It was used or given up; the record waits for the sinks. */
    public boolean isGone() {
        return gone;
    }

    public void gone(boolean now) {
        gone = now;
    }

    /** What this node's kernel has of it; null if nothing. */
    public @Nullable Expectation inKernel() {
        return inKernel;
    }

    public boolean isInKernel() {
        return inKernel != null;
    }

    public void inKernel(@Nullable Expectation now) {
        inKernel = now;
    }

    /** When it is given up, on the node's clock. */
    public long expiresNanos() {
        return expiresNanos;
    }

    public int secondsLeft(long now) {
        return (int) Math.max(0, (expiresNanos - now + 999_999_999L) / 1_000_000_000L);
    }

    /** How often in a row the kernel refused it, and when it may be asked again. */
    public int attempts() {
        return attempts;
    }

    public long nextAttemptNanos() {
        return nextAttemptNanos;
    }

    public void attempts(int refused, long nextNanos) {
        attempts = refused;
        nextAttemptNanos = nextNanos;
    }

    /** The list of its owner that last mentioned it. */
    public int listTag() {
        return listTag;
    }

    public void listTag(int tag) {
        listTag = tag;
    }

    int auditTag() {
        return auditTag;
    }

    void auditTag(int tag) {
        auditTag = tag;
    }
}
