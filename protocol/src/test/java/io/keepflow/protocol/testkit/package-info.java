/** What tests of all modules share: random flows, flows as text, seeds. Depends on the flow model only. */
@NullMarked
package io.keepflow.protocol.testkit;

import org.jspecify.annotations.NullMarked;
