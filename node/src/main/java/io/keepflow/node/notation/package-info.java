/**
 * How people write flows: addresses, prefixes, and conntrack's words for protocols, states and status bits.
 *
 * <p>Text in, numbers out, and back. Knows nothing of the node.
 */
@NullMarked
package io.keepflow.node.notation;

import org.jspecify.annotations.NullMarked;
