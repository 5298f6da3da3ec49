package io.keepflow.it.bench;

import java.util.Locale;

/** Who is compared. */
enum Tool {
    CONNTRACKD,
    KEEPFLOW;

    /** As the command line and the JSON call it. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
