package io.keepflow.it.lab.kernel;

import io.keepflow.node.notation.ConntrackNames;
import io.keepflow.protocol.Flow;

/** Which flow an entry is about: the key by which the kernel's table finds it. */
record FlowIdentity(int family, int protocol, int zone, int zoneOriginal, Direction original) {
    static FlowIdentity of(Flow flow) {
        return new FlowIdentity(flow.family, flow.protocol, flow.zone, flow.zoneOriginal, Direction.of(flow.original));
    }

    @Override
    public int hashCode() {
        return ((original.hashCode() * 31 + protocol) * 31 + zone) * 31 + zoneOriginal;
    }

    @Override
    public String toString() {
        String name = ConntrackNames.protocol(protocol);
        StringBuilder text = new StringBuilder(name == null ? "protocol " + protocol : name)
                .append(' ')
                .append(original.text(family, protocol));
        if (zone != 0) {
            text.append(" zone=").append(zone);
        }
        if (zoneOriginal != 0) {
            text.append(" zone-orig=").append(zoneOriginal);
        }
        return text.toString();
    }
}
