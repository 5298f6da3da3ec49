/**
 * The command line: what an operator types, and what comes back on the terminal.
 *
 * <p>In come arguments and replies of the control socket; out go text, JSON and exit codes. The commands that ask a running
 * node know it through its control socket only.
 */
@NullMarked
package io.keepflow.node.cli;

import org.jspecify.annotations.NullMarked;
