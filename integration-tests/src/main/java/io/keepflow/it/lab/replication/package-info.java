/**
 * What keeps the firewalls' tables alike: Keepflow, conntrackd in its two ways, or nothing.
 *
 * <p>Each is started as an operator would start it: the installed programme with a configuration file, told of failovers by
 * keepalived.
 */
@NullMarked
package io.keepflow.it.lab.replication;

import org.jspecify.annotations.NullMarked;
