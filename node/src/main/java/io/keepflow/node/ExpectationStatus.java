package io.keepflow.node;

import io.keepflow.node.api.ExpectationRows;
import io.keepflow.node.capture.ExpectationCounts;
import io.keepflow.node.cluster.ClusterCounts;
import io.keepflow.node.inject.ExpectationInjector;
import io.keepflow.node.table.ExpectationRecord;
import io.keepflow.node.table.ExpectationTable;
import io.keepflow.node.table.Owners;
import io.keepflow.node.time.Clock;
import io.keepflow.protocol.v1.ExpectationRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The expectations as operators and scrapers see them; asked on the node's thread, but for the counts. */
record ExpectationStatus(
        ExpectationTable table,
        ExpectationInjector injector,
        ExpectationCounts captured,
        ClusterCounts replicated,
        Clock clock) {

    List<ExpectationRow> rows() {
        List<ExpectationRow> rows = new ArrayList<>();
        long now = clock.nanos();
        for (ExpectationRecord record : table.all()) {
            if (!record.isGone()) {
                rows.add(ExpectationRows.row(
                        record.expectation(),
                        record.secondsLeft(now),
                        record.owner().name(),
                        record.version(),
                        record.isInKernel()));
            }
        }
        return rows;
    }

    Map<String, Long> byPlace() {
        Map<String, Long> places = new LinkedHashMap<>(Map.of("own", 0L, "peers", 0L, "unowned", 0L));
        for (ExpectationRecord record : table.all()) {
            if (!record.isGone()) {
                places.merge(place(record), 1L, Long::sum);
            }
        }
        places.put("unplaced", (long) table.unplaced());
        return places;
    }

    private static String place(ExpectationRecord record) {
        if (record.isOwn()) {
            return "own";
        }
        return record.owner().index() == Owners.NOBODY || !record.owner().isAlive() ? "unowned" : "peers";
    }

    Map<String, Long> byResult() {
        Map<String, Long> results = new LinkedHashMap<>();
        results.put("captured", captured.created.sum());
        results.put("ended", captured.destroyed.sum());
        results.put("malformed", captured.malformed.sum());
        results.put("overrun", captured.overruns.sum());
        results.put("repaired", captured.repaired.sum());
        results.put("table_full", captured.tableFull.sum() + replicated.expectationsTableFull.sum());
        results.put("published", replicated.expectationsPublished.sum());
        results.put("received", replicated.expectationsReceived.sum());
        results.put("listed", replicated.expectationLists.sum());
        results.put("created", injector.created.sum());
        results.put("deleted", injector.deleted.sum());
        results.put("refused", injector.refused.sum());
        return results;
    }
}
