/** What an operator asks of a running pair. */
@NullMarked
package io.keepflow.it.operate;

import org.jspecify.annotations.NullMarked;
