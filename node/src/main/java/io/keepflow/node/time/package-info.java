/** Time as the node sees it; a test brings its own. Depends on nothing. */
@NullMarked
package io.keepflow.node.time;

import org.jspecify.annotations.NullMarked;
