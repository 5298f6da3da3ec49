package io.keepflow.it.lab;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a lab shall look like.
 *
 * @param firewalls number of firewalls, the first of which has the highest VRRP priority
 * @param tableSize flows that each firewall's kernel must have room for
 * @param firewallSysctls further settings of each firewall's namespace, by their path below {@code /proc/sys}
 * @param election how the firewalls share the virtual addresses
 * @param advertInterval of VRRP; the others take over after three of them. A busy machine needs a long one
 */
public record LabPlan(
        int firewalls,
        long tableSize,
        Map<String, String> firewallSysctls,
        Election election,
        Duration advertInterval) {
    private static final Duration USUAL_ADVERT_INTERVAL = Duration.ofMillis(100);
    private static final int MAX_FIREWALLS = 8;
    private static final long SMALL_TABLE = 10_000;

    public LabPlan {
        if (firewalls < 1 || firewalls > MAX_FIREWALLS) {
            throw new IllegalArgumentException("a lab has 1 to " + MAX_FIREWALLS + " firewalls, not " + firewalls);
        }
        firewallSysctls = Map.copyOf(firewallSysctls);
    }

    /** A lab of that many firewalls, with the kernel's usual time-outs. */
    public static LabPlan ofFirewalls(int firewalls) {
        return new LabPlan(firewalls, SMALL_TABLE, Map.of(), Election.TOGETHER, USUAL_ADVERT_INTERVAL);
    }

    public LabPlan withTableSize(long flows) {
        return new LabPlan(firewalls, Math.max(SMALL_TABLE, flows), firewallSysctls, election, advertInterval);
    }

    public LabPlan withSysctl(String path, String value) {
        Map<String, String> sysctls = new LinkedHashMap<>(firewallSysctls);
        sysctls.put(path, value);
        return new LabPlan(firewalls, tableSize, sysctls, election, advertInterval);
    }

    public LabPlan withElection(Election other) {
        return new LabPlan(firewalls, tableSize, firewallSysctls, other, advertInterval);
    }

    public LabPlan withAdvertInterval(Duration interval) {
        return new LabPlan(firewalls, tableSize, firewallSysctls, election, interval);
    }
}
