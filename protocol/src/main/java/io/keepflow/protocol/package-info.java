/**
 * The wire: the flow model and the codec of the {@code keepflow.v1} schema.
 *
 * <p>In come flows from the table, out go frames of bytes, and back. Depends on protobuf only; knows nothing of kernels,
 * sockets or threads.
 */
@NullMarked
package io.keepflow.protocol;

import org.jspecify.annotations.NullMarked;
