/** The arithmetic and the texts of the benchmark, and that it runs at all. */
@NullMarked
package io.keepflow.it.bench;

import org.jspecify.annotations.NullMarked;
