/**
 * Failover in containers: the image that the build makes, two firewalls, a client and a server on ordinary bridge networks.
 *
 * <p>In come the distribution in {@code deploy/target/keepflow} and a Docker engine; out goes the fate of live conversations.
 * Must not pull an image nor leave anything behind in the engine but the cached base.
 */
@NullMarked
package io.keepflow.it.containers;

import org.jspecify.annotations.NullMarked;
