package io.keepflow.it.lab;

/** The firewalls' nftables rules: default drop, stateful forwarding from the client side only, source NAT to one address. */
final class Ruleset {
    private Ruleset() {}

    // The source ports are drawn at random, so that a flow which is translated anew is seen to be: it gets another
    // port.
    static String text() {
        return """
            table inet edge {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname { "lo", "sync0" } accept
                meta l4proto { 1, 58, 112 } accept
                ct state established,related accept
              }
              chain forward {
                type filter hook forward priority filter; policy drop;
                ct state invalid drop
                ct state established,related accept
                iifname "lan0" oifname "wan0" ct state new accept
              }
              chain postrouting {
                type nat hook postrouting priority srcnat;
                oifname "wan0" ip saddr %1$s meta l4proto { tcp, udp } snat ip to %2$s:10000-60000 random
                oifname "wan0" ip saddr %1$s snat ip to %2$s
                oifname "wan0" ip6 saddr %3$s meta l4proto { tcp, udp } snat ip6 to [%4$s]:10000-60000 random
                oifname "wan0" ip6 saddr %3$s snat ip6 to %4$s
              }
            }
            """.formatted(
                        Family.IPV4.clientNetwork(),
                        Family.IPV4.serverVirtual(),
                        Family.IPV6.clientNetwork(),
                        Family.IPV6.serverVirtual());
    }
}
