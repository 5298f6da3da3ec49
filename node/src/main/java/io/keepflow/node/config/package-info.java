/**
 * The configuration: a TOML file in, one record per section out.
 *
 * <p>Every problem of the file is found before any is reported. Knows nothing of the rest of the node and opens nothing but
 * that file.
 */
@NullMarked
package io.keepflow.node.config;

import org.jspecify.annotations.NullMarked;
