/**
 * The fault run: two firewalls under traffic, and everything that may happen to them, in phases; after each the kernels must be
 * the same, entry by entry.
 *
 * <p>In come a seed and a duration; out comes a {@link io.keepflow.it.faults.FaultReport}. Everything happens inside of the lab's namespaces.
 */
@NullMarked
package io.keepflow.it.faults;

import org.jspecify.annotations.NullMarked;
