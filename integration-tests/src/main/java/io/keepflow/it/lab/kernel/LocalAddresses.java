package io.keepflow.it.lab.kernel;

import io.keepflow.it.lab.Firewall;
import io.keepflow.node.capture.LocalTraffic;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** The addresses that the firewalls hold at this moment, virtual ones included: traffic of their own is not replicated. */
final class LocalAddresses {
    private LocalAddresses() {}

    /** The product's rule, for all of {@code firewalls} together: an address moves from one to another. */
    static LocalTraffic of(List<Firewall> firewalls) throws IOException {
        List<InetAddress> addresses = new ArrayList<>();
        for (Firewall firewall : firewalls) {
            String text = firewall.namespace().exec("ip", "-oneline", "address", "show");
            text.lines().forEach(line -> add(line.strip().split("\\s+"), addresses));
        }
        LocalTraffic local = new LocalTraffic();
        local.here(addresses.stream());
        return local;
    }

    private static void add(String[] words, List<InetAddress> addresses) {
        for (int i = 0; i + 1 < words.length; i++) {
            if (words[i].equals("inet") || words[i].equals("inet6") || words[i].equals("brd")) {
                addresses.add(InetAddress.ofLiteral(words[i + 1].replaceFirst("/.*", "")));
            }
        }
    }
}
