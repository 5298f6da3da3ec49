/**
 * The people behind the firewalls: TCP connections and UDP conversations that never pause, and what they notice.
 *
 * <p>In comes a {@link io.keepflow.it.lab.traffic.TrafficPlan}; out comes a {@link io.keepflow.it.lab.traffic.TrafficReport}.
 * One thread in the client's namespace and one in the server's own all sockets.
 */
@NullMarked
package io.keepflow.it.lab.traffic;

import org.jspecify.annotations.NullMarked;
