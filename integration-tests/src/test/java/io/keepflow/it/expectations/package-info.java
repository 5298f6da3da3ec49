/** Connections that a helper expects: the control connection before the failover, the data connection after it, by real programs. */
@NullMarked
package io.keepflow.it.expectations;

import org.jspecify.annotations.NullMarked;
