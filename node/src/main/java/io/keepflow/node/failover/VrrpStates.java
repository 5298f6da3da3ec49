package io.keepflow.node.failover;

import io.keepflow.protocol.v1.Role;
import java.util.Map;
import java.util.TreeMap;

/** The states of all VRRP instances and groups, and the role that follows: active where any is master. */
final class VrrpStates {
    private final Map<String, String> states = new TreeMap<>();

    /** False if the state says nothing of who forwards, as a change of priority. */
    boolean accept(VrrpNotice notice) {
        switch (notice.state()) {
            case "MASTER", "BACKUP", "FAULT", "STOP" -> states.put(notice.subject(), notice.state());
            case "DELETED" -> states.remove(notice.subject());
            default -> {
                return false;
            }
        }
        return true;
    }

    Role role() {
        if (states.isEmpty()) {
            return Role.ROLE_UNKNOWN;
        }
        if (states.containsValue("MASTER")) {
            return Role.ROLE_ACTIVE;
        }
        return states.containsValue("BACKUP") ? Role.ROLE_STANDBY : Role.ROLE_FAULT;
    }

    /** As lines that {@link VrrpNotice#parse} reads. */
    String toLines() {
        StringBuilder lines = new StringBuilder();
        states.forEach((subject, state) -> {
            int space = subject.indexOf(' ');
            lines.append(subject, 0, space)
                    .append(" \"")
                    .append(subject.substring(space + 1))
                    .append("\" ")
                    .append(state)
                    .append('\n');
        });
        return lines.toString();
    }
}
