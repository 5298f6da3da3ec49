package io.keepflow.it.bench;

import java.util.Locale;

/** What {@code --sweep} varies. */
enum Curve {
    TABLE,
    LAG;

    /** As the command line calls it. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
