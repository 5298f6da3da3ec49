package io.keepflow.node;

import io.keepflow.node.inject.ExpectationKernel;
import io.keepflow.node.netlink.ExpectationRequests;
import io.keepflow.protocol.Expectation;

/** The kernel of the injector of expectations: this machine's. */
record ConntrackExpectations(ExpectationRequests requests) implements ExpectationKernel {
    @Override
    public int create(Expectation expectation) {
        return requests.create(expectation);
    }

    @Override
    public int arm(Expectation expectation, int timeoutSeconds) {
        return requests.arm(expectation, timeoutSeconds);
    }

    @Override
    public int delete(Expectation expectation) {
        return requests.delete(expectation);
    }
}
