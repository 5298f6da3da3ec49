/** The product on real kernels: firewalls die in every way that this package can think of, and what must live, lives. */
@NullMarked
package io.keepflow.it.failover;

import org.jspecify.annotations.NullMarked;
