package io.keepflow.node.failover;

import io.keepflow.protocol.v1.Role;
import java.util.Locale;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The role and where it comes from; the last word counts, be it keepalived's or an operator's. */
public final class RoleControl {
    private static final Logger LOG = LoggerFactory.getLogger(RoleControl.class);

    /**
     * One role at one time.
     *
     * @param source {@code keepalived}, {@code manual} or {@code none}
     * @param sinceNanos when it was taken, {@link System#nanoTime()}
     */
    public record Current(Role role, String source, long sinceNanos) {}

    private volatile Consumer<Role> listener = role -> {};
    private volatile Current current = new Current(Role.ROLE_UNKNOWN, "none", System.nanoTime());

    /** {@code onChange} is called with each new role, on the thread that brings it. */
    public void listen(Consumer<Role> onChange) {
        listener = onChange;
    }

    public Current current() {
        return current;
    }

    /** What keepalived says. */
    public void fromKeepalived(Role role) {
        change(role, "keepalived");
    }

    /** What an operator says; stands until keepalived's next change. */
    public void byHand(Role role) {
        change(role, "manual");
    }

    private synchronized void change(Role role, String source) {
        Current before = current;
        if (before.role() == role) {
            current = new Current(role, source, before.sinceNanos());
            return;
        }
        current = new Current(role, source, System.nanoTime());
        LOG.info("role: {} ({})", role.name().substring("ROLE_".length()).toLowerCase(Locale.ROOT), source);
        listener.accept(role);
    }
}
