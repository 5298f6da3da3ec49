package io.keepflow.node.failover;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of keepalived's {@code vrrp_notify_fifo}: {@code INSTANCE "VI_1" MASTER 100} (keepalived.conf(5), section NOTIFY).
 *
 * @param subject kind and name of what changed, as {@code INSTANCE VI_1}
 * @param state {@code MASTER}, {@code BACKUP}, {@code FAULT}, {@code STOP}, {@code DELETED} …
 */
record VrrpNotice(String subject, String state) {
    private static final Pattern LINE = Pattern.compile("(GROUP|INSTANCE)\\s+\"([^\"]*)\"\\s+([A-Z_]+)(\\s+\\d+)?\\s*");

    static Optional<VrrpNotice> parse(String line) {
        Matcher matcher = LINE.matcher(line);
        return matcher.matches()
                ? Optional.of(new VrrpNotice(matcher.group(1) + " " + matcher.group(2), matcher.group(3)))
                : Optional.empty();
    }
}
