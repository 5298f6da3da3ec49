package io.keepflow.it.lab;

/** How the firewalls share the virtual addresses. */
public enum Election {
    /** All addresses move as one, and a firewall that comes back stays backup: one active, the others standby. */
    TOGETHER,

    /**
     * Two addresses, two actives: the client's gateway prefers the first firewall, the address that the server answers to
     * prefers the second, and each takes its own back some seconds after it is there again. So what the client sends goes
     * through one firewall and the answers through the other.
     */
    APART
}
