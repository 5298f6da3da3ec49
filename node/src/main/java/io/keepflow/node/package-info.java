/** The node: the one place where the stages of the road meet. */
@NullMarked
package io.keepflow.node;

import org.jspecify.annotations.NullMarked;
