/**
 * What {@code ./bulk} runs: large tables replicated over a link that loses datagrams, or was cut, and compared kernel by kernel.
 * Told to a person on standard error and to a programme as JSON.
 */
@NullMarked
package io.keepflow.it.bulk;

import org.jspecify.annotations.NullMarked;
