/**
 * Keys and seals of the sync link.
 *
 * <p>In come datagrams in clear and go out sealed, and the reverse; in comes a key file. Knows no socket, no thread and no
 * other module: whoever owns the socket hands bytes in and sends what comes out.
 */
@NullMarked
package io.keepflow.crypto;

import org.jspecify.annotations.NullMarked;
