/**
 * What {@code ./demo} runs: the failover scenario on a lab, told to a person on standard error and to a programme as JSON.
 */
@NullMarked
package io.keepflow.it.demo;

import org.jspecify.annotations.NullMarked;
