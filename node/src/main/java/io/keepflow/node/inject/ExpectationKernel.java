package io.keepflow.node.inject;

import io.keepflow.protocol.Expectation;

/** The kernel's expectations as the injector writes them; each request is answered at once, with an errno or 0. */
public interface ExpectationKernel {
    int create(Expectation expectation);

    int arm(Expectation expectation, int timeoutSeconds);

    int delete(Expectation expectation);
}
