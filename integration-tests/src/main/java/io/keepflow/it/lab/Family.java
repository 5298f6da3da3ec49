package io.keepflow.it.lab;

/** An address family, with the lab's addresses in it: hosts and firewalls count from one, the virtual router is shared. */
public enum Family {
    IPV4("ipv4", "10.1.0.", "10.2.0.", "10.9.0.", "24", "100", "254"),
    IPV6("ipv6", "fd00:1::", "fd00:2::", "fd00:9::", "64", "100", "254");

    private final String conntrackName;
    private final String clientLan;
    private final String serverLan;
    private final String syncLink;
    private final String prefixLength;
    private final String host;
    private final String virtualRouter;

    Family(
            String conntrackName,
            String clientLan,
            String serverLan,
            String syncLink,
            String prefixLength,
            String host,
            String virtualRouter) {
        this.conntrackName = conntrackName;
        this.clientLan = clientLan;
        this.serverLan = serverLan;
        this.syncLink = syncLink;
        this.prefixLength = prefixLength;
        this.host = host;
        this.virtualRouter = virtualRouter;
    }

    /** As {@code conntrack -f} wants it. */
    public String conntrackName() {
        return conntrackName;
    }

    public String client() {
        return clientLan + host;
    }

    public String server() {
        return serverLan + host;
    }

    /** The client's gateway, held by the active firewall. */
    public String clientVirtual() {
        return clientLan + virtualRouter;
    }

    /** What the server sees as the source of everything, held by the active firewall. */
    public String serverVirtual() {
        return serverLan + virtualRouter;
    }

    /** Start of every source address behind the firewalls. */
    public String clientPrefix() {
        return this == IPV4 ? "10.1." : "fd00:1:";
    }

    /** Start of every destination address behind the firewalls. */
    public String serverPrefix() {
        return this == IPV4 ? "10.2." : "fd00:2:";
    }

    /** The client network, background flows' sources included. */
    String clientNetwork() {
        return this == IPV4 ? "10.1.0.0/16" : "fd00:1::/32";
    }

    String clientSide(int firewall) {
        return clientLan + firewall;
    }

    String serverSide(int firewall) {
        return serverLan + firewall;
    }

    /** Address of a firewall on the sync link. */
    public String sync(int firewall) {
        return syncLink + firewall;
    }

    String withLength(String address) {
        return address + "/" + prefixLength;
    }
}
