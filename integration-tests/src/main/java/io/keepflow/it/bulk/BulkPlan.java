package io.keepflow.it.bulk;

/**
 * One case.
 *
 * @param flows entries that the active firewall's kernel gets
 * @param lossPercent of the datagrams that arrive at each firewall
 */
public record BulkPlan(int nodes, int flows, int lossPercent) {
    /** The numbers of the flows go beyond {@link #flows}: some are made later, some again. */
    int mostFlows() {
        return flows + flows / 4;
    }

    @Override
    public String toString() {
        return "%,d flows, %d nodes, %d %% loss".formatted(flows, nodes, lossPercent);
    }
}
