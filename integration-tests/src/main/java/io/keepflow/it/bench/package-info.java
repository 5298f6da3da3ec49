/**
 * What {@code ./bench} runs: the same firewalls under the same load with conntrackd and with Keepflow, in turn, and what each
 * costs.
 *
 * <p>In come rounds and the groups of figures that are wanted; out come medians and their spread, for people and for programmes.
 * A {@link io.keepflow.it.bench.Group} knows how to measure its figures with one {@link io.keepflow.it.bench.Contestant}.
 */
@NullMarked
package io.keepflow.it.bench;

import org.jspecify.annotations.NullMarked;
