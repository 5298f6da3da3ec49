/**
 * The scenario that all is about: traffic runs, the active firewall's cables are pulled, and the losses are counted.
 *
 * <p>In come a lab, a replication and an amount of traffic; out comes a {@link io.keepflow.it.lab.failover.FailoverReport}.
 */
@NullMarked
package io.keepflow.it.lab.failover;

import org.jspecify.annotations.NullMarked;
