package io.keepflow.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.node.api.MetricsSource.LastAudit;
import io.keepflow.node.api.MetricsSource.PeerLag;
import io.keepflow.protocol.v1.Role;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class NodeMetricsTest {
    private final FakeSource source = new FakeSource();
    private final AtomicLong nanos = new AtomicLong();
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final NodeMetrics metrics = new NodeMetrics(registry, source, "0.1.0", nanos::get);
    private final DelayTimers delays = new DelayTimers(registry);

    @Test
    void everyMeterHasItsName() {
        source.peers.put("fw2", new PeerLag(true, 0.0004, 12));
        source.flows.putAll(Map.of("self", 5L, "fw2", 6L, "unowned", 7L));
        source.events.putAll(Map.of("new", 1L, "update", 2L, "destroy", 3L, "malformed", 4L));
        source.injections.putAll(Map.of("created", 8L, "conflict", 9L, "table_full", 10L));
        source.rejected.put("replayed", 11L);
        delays.record("fw2", 0.0003);
        assertThat(scrape().lines())
                .contains(
                        "keepflow_sync_lag_seconds{peer=\"fw2\"} 4.0E-4",
                        "keepflow_sync_lag_flows{peer=\"fw2\"} 12.0",
                        "keepflow_peer_connected{peer=\"fw2\"} 1.0",
                        "keepflow_replication_delay_seconds_bucket{peer=\"fw2\",le=\"5.0E-5\"} 0",
                        "keepflow_replication_delay_seconds_bucket{peer=\"fw2\",le=\"2.0E-4\"} 0",
                        "keepflow_replication_delay_seconds_bucket{peer=\"fw2\",le=\"5.0E-4\"} 1",
                        "keepflow_replication_delay_seconds_bucket{peer=\"fw2\",le=\"30.0\"} 1",
                        "keepflow_replication_delay_seconds_bucket{peer=\"fw2\",le=\"+Inf\"} 1",
                        "keepflow_replication_delay_seconds_count{peer=\"fw2\"} 1",
                        "keepflow_events_total{type=\"new\"} 1.0",
                        "keepflow_events_total{type=\"malformed\"} 4.0",
                        "keepflow_netlink_overruns_total 21.0",
                        "keepflow_flows{owner=\"self\"} 5.0",
                        "keepflow_flows{owner=\"fw2\"} 6.0",
                        "keepflow_flows{owner=\"unowned\"} 7.0",
                        "keepflow_injections_total{result=\"created\"} 8.0",
                        "keepflow_injections_total{result=\"table_full\"} 10.0",
                        "keepflow_rejected_frames_total{reason=\"replayed\"} 11.0",
                        "keepflow_resync_progress{peer=\"fw2\"} 0.25",
                        "keepflow_sync_bytes_total{traffic=\"live\"} 31.0",
                        "keepflow_resync_bytes_total{kind=\"snapshot\"} 32.0",
                        "keepflow_resync_bytes_total{kind=\"differential\"} 33.0",
                        "keepflow_resyncs_total{result=\"snapshot_sent\"} 34.0",
                        "keepflow_resync_differences_total{what=\"buckets\"} 35.0",
                        "keepflow_backlog_flows{queue=\"publish\"} 22.0",
                        "keepflow_backlog_flows{queue=\"inject\"} 23.0",
                        "keepflow_role{role=\"active\"} 0.0",
                        "keepflow_role{role=\"standby\"} 1.0",
                        "keepflow_role{role=\"fault\"} 0.0",
                        "keepflow_role{role=\"unknown\"} 0.0",
                        "keepflow_ownership_moves_total 24.0",
                        "keepflow_ownership_conflicts_total 25.0",
                        "keepflow_build_info{version=\"0.1.0\"} 1");
        assertThat(value("keepflow_link_retransmissions_total")).isEqualTo(5);
        assertThat(scrape()).contains("jvm_memory_used_bytes", "process_uptime_seconds");
    }

    @Test
    void aPeerThatVanishesKeepsALagThatGrows() {
        source.peers.put("fw2", new PeerLag(true, 0.5, 0));
        scrape();
        source.peers.clear();
        nanos.addAndGet(10_000_000_000L);
        assertThat(value("keepflow_sync_lag_seconds{peer=\"fw2\"}")).isEqualTo(10.5);
        assertThat(value("keepflow_sync_lag_flows{peer=\"fw2\"}")).isEqualTo(1);
        assertThat(value("keepflow_peer_connected{peer=\"fw2\"}")).isZero();
        nanos.addAndGet(10_000_000_000L);
        assertThat(value("keepflow_sync_lag_seconds{peer=\"fw2\"}")).isEqualTo(20.5);
        source.peers.put("fw2", new PeerLag(true, 0.001, 3));
        assertThat(value("keepflow_sync_lag_seconds{peer=\"fw2\"}")).isEqualTo(0.001);
        assertThat(value("keepflow_peer_connected{peer=\"fw2\"}")).isEqualTo(1);
    }

    @Test
    void aDisconnectedPeerNeverHasNoLag() {
        source.peers.put("fw2", new PeerLag(false, 0, 0));
        assertThat(value("keepflow_sync_lag_seconds{peer=\"fw2\"}")).isPositive();
        assertThat(value("keepflow_sync_lag_flows{peer=\"fw2\"}")).isPositive();
        nanos.addAndGet(3_000_000_000L);
        assertThat(value("keepflow_sync_lag_seconds{peer=\"fw2\"}")).isEqualTo(3);
        source.peers.put("fw2", new PeerLag(false, 7, 9));
        assertThat(value("keepflow_sync_lag_seconds{peer=\"fw2\"}")).isEqualTo(7);
        assertThat(value("keepflow_sync_lag_flows{peer=\"fw2\"}")).isEqualTo(9);
    }

    @Test
    void namesOfPeersCannotBreakTheFormat() {
        source.peers.put("a\"b\\c\nd", new PeerLag(true, 1, 1));
        assertThat(scrape()).contains("keepflow_sync_lag_flows{peer=\"a\\\"b\\\\c\\nd\"} 1.0");
    }

    @Test
    void peersAreBounded() {
        for (int i = 0; i < 1_000; i++) {
            source.peers.put("p" + i, new PeerLag(true, 1, 1));
        }
        assertThat(scrape().lines().filter(line -> line.startsWith("keepflow_peer_connected{")))
                .hasSize(256);
    }

    @Test
    void theLastAuditIsToldOnceThereIsOne() {
        assertThat(value("keepflow_audit_last_age_seconds")).isNaN();
        assertThat(scrape()).doesNotContain("keepflow_audit_last_differences");
        source.lastAudit = new LastAudit(42.5, 1.25, 200_000, Map.of("restored", 3L, "found", 0L));
        assertThat(scrape().lines())
                .contains(
                        "keepflow_audit_last_age_seconds 42.5",
                        "keepflow_audit_last_duration_seconds 1.25",
                        "keepflow_audit_last_entries 200000.0",
                        "keepflow_audit_last_differences{kind=\"restored\"} 3.0",
                        "keepflow_audit_last_differences{kind=\"found\"} 0.0",
                        "keepflow_netlink_last_overrun_age_seconds 44.5",
                        "keepflow_netlink_buffer_bytes 45.0");
    }

    @Test
    void theFilterIsCounted() {
        assertThat(value("keepflow_filtered_flows_total{reason=\"exclude_1\"}")).isEqualTo(31);
        assertThat(value("keepflow_held_flows")).isEqualTo(32);
        assertThat(value("keepflow_withdrawn_flows_total")).isEqualTo(33);
    }

    @Test
    void recordingAllocatesNothing() {
        long bytes = Allocations.ofCalls(20_000, () -> {
            delays.record("fw2", 0.0003);
            return true;
        });
        assertThat(bytes).isLessThan(20_000);
    }

    @Test
    void expectationsAreThere() {
        assertThat(value("keepflow_expectations{place=\"own\"}")).isEqualTo(31);
        assertThat(value("keepflow_expectations{place=\"unplaced\"}")).isEqualTo(32);
        assertThat(value("keepflow_expectation_results_total{result=\"refused\"}"))
                .isEqualTo(33);
    }

    private String scrape() {
        metrics.refresh();
        return registry.scrape();
    }

    private double value(String series) {
        return scrape().lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static final class FakeSource implements MetricsSource {
        final Map<String, PeerLag> peers = new HashMap<>();
        final Map<String, Long> flows = new HashMap<>();
        final Map<String, Long> events = new HashMap<>();
        final Map<String, Long> injections = new HashMap<>();
        final Map<String, Long> rejected = new HashMap<>();
        LastAudit lastAudit = LastAudit.NONE;

        @Override
        public Map<String, PeerLag> peers() {
            return peers;
        }

        @Override
        public Map<String, Long> flowsByOwner() {
            return flows;
        }

        @Override
        public Map<String, Long> eventsByType() {
            return events;
        }

        @Override
        public Map<String, Long> injectionsByResult() {
            return injections;
        }

        @Override
        public Map<String, Long> expectationsByPlace() {
            return Map.of("own", 31L, "unplaced", 32L);
        }

        @Override
        public Map<String, Long> expectationsByResult() {
            return Map.of("refused", 33L);
        }

        @Override
        public Map<String, Long> rejectedFramesByReason() {
            return rejected;
        }

        @Override
        public Map<String, Long> filteredFlowsByReason() {
            return Map.of("exclude_1", 31L);
        }

        @Override
        public long heldFlows() {
            return 32;
        }

        @Override
        public long withdrawnFlows() {
            return 33;
        }

        @Override
        public Map<String, Double> resyncProgress() {
            return Map.of("fw2", 0.25);
        }

        @Override
        public Map<String, Long> syncBytes() {
            return Map.of("live", 31L);
        }

        @Override
        public Map<String, Long> resyncBytes() {
            return Map.of("snapshot", 32L, "differential", 33L);
        }

        @Override
        public Map<String, Long> resyncs() {
            return Map.of("snapshot_sent", 34L);
        }

        @Override
        public Map<String, Long> resyncDifferences() {
            return Map.of("buckets", 35L);
        }

        @Override
        public long linkRetransmissions() {
            return 5;
        }

        @Override
        public long netlinkOverruns() {
            return 21;
        }

        @Override
        public long publishBacklog() {
            return 22;
        }

        @Override
        public long injectBacklog() {
            return 23;
        }

        @Override
        public Role role() {
            return Role.ROLE_STANDBY;
        }

        @Override
        public long ownershipMoves() {
            return 24;
        }

        @Override
        public Map<String, Long> audits() {
            return Map.of("done", 41L, "failed", 42L);
        }

        @Override
        public LastAudit lastAudit() {
            return lastAudit;
        }

        @Override
        public double secondsSinceOverrun() {
            return 44.5;
        }

        @Override
        public long eventBufferBytes() {
            return 45;
        }

        @Override
        public Map<String, Long> kernelDifferences() {
            return Map.of("audit_restored", 43L);
        }

        @Override
        public Map<String, Long> deltasByWay() {
            return Map.of("published", 9L, "received", 8L, "stale", 7L);
        }

        @Override
        public long ownershipConflicts() {
            return 25;
        }
    }
}
