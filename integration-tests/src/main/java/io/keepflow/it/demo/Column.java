package io.keepflow.it.demo;

import io.keepflow.it.lab.replication.Conntrackd;
import io.keepflow.it.lab.replication.Keepflow;
import io.keepflow.it.lab.replication.NoReplication;
import io.keepflow.it.lab.replication.Replication;
import java.util.Arrays;

/** A replication that the demo can show, one column of its table. */
enum Column {
    KEEPFLOW("keepflow", "Keepflow"),
    CONNTRACKD("conntrackd", "conntrackd"),
    CONNTRACKD_DIRECT("conntrackd-direct", "conntrackd direct"),
    NONE("none", "no replication");

    private final String option;
    private final String title;

    Column(String option, String title) {
        this.option = option;
        this.title = title;
    }

    static Column named(String option) {
        return Arrays.stream(values())
                .filter(column -> column.option.equals(option))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--with knows "
                        + Arrays.stream(values()).map(Column::option).toList() + ", not " + option));
    }

    String option() {
        return option;
    }

    String title() {
        return title;
    }

    Replication replication() {
        return switch (this) {
            case KEEPFLOW -> Keepflow.fromDistribution();
            case CONNTRACKD -> Conntrackd.withExternalCache();
            case CONNTRACKD_DIRECT -> Conntrackd.withDirectInjection();
            case NONE -> new NoReplication();
        };
    }
}
