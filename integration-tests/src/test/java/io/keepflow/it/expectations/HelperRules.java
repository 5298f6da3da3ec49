package io.keepflow.it.expectations;

import io.keepflow.it.lab.Family;
import io.keepflow.it.lab.Firewall;
import io.keepflow.it.lab.Lab;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The same helpers on every firewall, and a public address for the server: what is sent to it is translated to the server's own,
 * so that addresses inside of FTP's replies change their length.
 */
final class HelperRules {
    private HelperRules() {}

    static String publicAddress(Family family) {
        return family == Family.IPV4 ? "10.2.0.9" : "fd00:2::9";
    }

    static void add(Lab lab) throws IOException {
        for (Firewall firewall : lab.firewalls()) {
            firewall.namespace().exec("nft", """
                table inet helpers {
                  ct helper ftp { type "ftp" protocol tcp; }
                  ct helper sip { type "sip" protocol udp; }
                  ct helper tftp { type "tftp" protocol udp; }
                  chain assign {
                    type filter hook prerouting priority -150;
                    iifname "lan0" tcp dport 21 ct helper set "ftp"
                    iifname "lan0" udp dport 5060 ct helper set "sip"
                    iifname "lan0" udp dport 69 ct helper set "tftp"
                  }
                  chain publish {
                    type nat hook prerouting priority dstnat;
                    ip daddr %s dnat ip to %s
                    ip6 daddr %s dnat ip6 to %s
                  }
                }
                """.formatted(
                            publicAddress(Family.IPV4),
                            Family.IPV4.server(),
                            publicAddress(Family.IPV6),
                            Family.IPV6.server()));
        }
    }

    /** The expectations in the kernel of a firewall, a line each. */
    static List<String> expectations(Firewall firewall) throws IOException {
        List<String> all = new ArrayList<>();
        for (String family : List.of("ipv4", "ipv6")) {
            String table = firewall.namespace().exec("sh", "-c", "conntrack -L expect -f " + family + " 2>/dev/null");
            table.lines().filter(line -> !line.isBlank()).forEach(all::add);
        }
        return all;
    }
}
