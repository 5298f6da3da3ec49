@NullMarked
package io.keepflow.it.bulk;

import org.jspecify.annotations.NullMarked;
