@NullMarked
package io.keepflow.it.lab.kernel;

import org.jspecify.annotations.NullMarked;
