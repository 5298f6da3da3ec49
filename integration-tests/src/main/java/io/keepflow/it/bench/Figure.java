package io.keepflow.it.bench;

import static io.keepflow.it.bench.Target.atMost;
import static io.keepflow.it.bench.Target.none;
import static io.keepflow.it.bench.Target.ratioAtLeast;
import static io.keepflow.it.bench.Target.ratioAtMost;

/** Everything that is measured, in the order in which it is told. */
enum Figure {
    CPU_ACTIVE("cpu-per-event-active", "µs", ratioAtMost(0.15)),
    CPU_ACTIVE_COLD("cpu-per-event-active-cold", "µs", none()),
    CPU_ACTIVE_FULL_SPEED("cpu-per-event-active-full-speed", "µs", ratioAtMost(0.15)),
    CPU_ACTIVE_IPV6("cpu-per-event-active-ipv6", "µs", none()),
    CPU_ACTIVE_UDP("cpu-per-event-active-udp", "µs", none()),
    CPU_STANDBY("cpu-per-connection-standby", "µs", ratioAtMost(0.2)),
    CPU_STANDBY_COLD("cpu-per-connection-standby-cold", "µs", none()),
    CPU_STANDBY_FULL_SPEED("cpu-per-connection-standby-full-speed", "µs", ratioAtMost(0.2)),
    CPU_STANDBY_IPV6("cpu-per-connection-standby-ipv6", "µs", none()),
    CPU_STANDBY_UDP("cpu-per-flow-standby-udp", "µs", none()),
    EVENTS_PER_CONNECTION("kernel-events-per-connection", "", none()),
    FULL_SPEED_RATE("connections-at-full-speed", "/s", none()),
    CPU_IDLE_ACTIVE("cpu-idle-active", "ms/s", none()),
    CPU_IDLE_STANDBY("cpu-idle-standby", "ms/s", none()),
    LINK_BYTES("link-bytes-per-connection", "B", ratioAtMost(0.4)),
    LINK_PACKETS("link-packets-per-connection", "", none()),
    LINK_BYTES_FULL_SPEED("link-bytes-per-connection-full-speed", "B", ratioAtMost(0.4)),
    LATENCY_FLOOR_P50("latency-measured-floor-p50", "µs", none()),
    LATENCY_FLOOR_P99("latency-measured-floor-p99", "µs", none()),
    LATENCY_IDLE_P50("latency-idle-p50", "µs", ratioAtMost(1)),
    LATENCY_IDLE_P99("latency-idle-p99", "µs", ratioAtMost(1)),
    LATENCY_IDLE_P999("latency-idle-p99.9", "µs", none()),
    LATENCY_10K_P50("latency-10k-events/s-p50", "µs", none()),
    LATENCY_10K_P99("latency-10k-events/s-p99", "µs", none()),
    LATENCY_10K_P999("latency-10k-events/s-p99.9", "µs", none()),
    LATENCY_50K_P50("latency-50k-events/s-p50", "µs", none()),
    LATENCY_50K_P99("latency-50k-events/s-p99", "µs", ratioAtMost(1)),
    LATENCY_50K_P999("latency-50k-events/s-p99.9", "µs", none()),
    RSS_0("resident-0-flows", "MB", none()),
    RSS_100K("resident-100k-flows", "MB", none()),
    RSS_500K("resident-500k-flows", "MB", ratioAtMost(0.7)),
    RSS_1M("resident-1m-flows", "MB", none()),
    PSS_0("proportional-0-flows", "MB", none()),
    PSS_100K("proportional-100k-flows", "MB", none()),
    PSS_500K("proportional-500k-flows", "MB", none()),
    PSS_1M("proportional-1m-flows", "MB", none()),
    CPU_IDLE_ACTIVE_1M("cpu-idle-active-1m-flows", "ms/s", none()),
    CPU_IDLE_STANDBY_1M("cpu-idle-standby-1m-flows", "ms/s", none()),
    LINK_IDLE_1M("link-idle-1m-flows", "B/s", none()),
    EVENT_RATE("events-per-second-nothing-lost", "/s", ratioAtLeast(2)),
    BURST("flows-at-once-nothing-lost", "", none()),
    FAILOVER_500K("master-to-complete-kernel-500k-flows", "ms", none()),
    FAILOVER_1M("master-to-complete-kernel-1m-flows", "ms", atMost(10)),
    ROLE_500K("master-to-node-active-500k-flows", "ms", none()),
    ROLE_1M("master-to-node-active-1m-flows", "ms", none()),
    RESYNC_500K("fresh-standby-kernel-500k-flows", "s", ratioAtMost(0.7)),
    RESYNC_500K_READY("fresh-standby-kernel-500k-flows-from-ready", "s", none()),
    RESYNC_OWN_500K("fresh-standby-own-kernel-500k-flows", "s", ratioAtMost(0.7)),
    RESYNC_OWN_500K_READY("fresh-standby-own-kernel-500k-flows-from-ready", "s", none()),
    START("start-to-ready", "ms", none()),
    STATUS("status-command", "ms", atMost(100));

    private final String key;
    private final String unit;
    private final Target.Kind targetKind;
    private final double limit;

    Figure(String key, String unit, Target target) {
        this.key = key;
        this.unit = unit;
        this.targetKind = target.kind();
        this.limit = target.limit();
    }

    /** As the table and the JSON call it. */
    String key() {
        return key;
    }

    String unit() {
        return unit;
    }

    Target target() {
        return new Target(targetKind, limit);
    }
}
