package io.keepflow.node.api;

import io.keepflow.node.notation.Addresses;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Expectation.Endpoints;
import io.keepflow.protocol.Expectation.Identity;
import io.keepflow.protocol.Expectation.Master;
import io.keepflow.protocol.v1.ExpectationRow;

/** Expectations as rows of the control socket. */
public final class ExpectationRows {
    private ExpectationRows() {}

    /** An expectation of which so many seconds are left. */
    public static ExpectationRow row(
            Expectation expectation, int secondsLeft, String owner, long version, boolean inKernel) {
        Identity identity = expectation.identity();
        int family = identity.family();
        Endpoints tuple = identity.tuple();
        Master master = expectation.master();
        Endpoints control = master.original();
        return ExpectationRow.newBuilder()
                .setFamily(family)
                .setProtocol(identity.protocol())
                .setSrc(Addresses.format(family, tuple.srcHigh(), tuple.srcLow()))
                .setDst(Addresses.format(family, tuple.dstHigh(), tuple.dstLow()))
                .setSport(tuple.l4Src())
                .setDport(tuple.l4Dst())
                .setMaskSrc(Addresses.format(
                        family, identity.mask().high(), identity.mask().low()))
                .setMaskSport(identity.mask().l4())
                .setMasterProtocol(master.protocol())
                .setMasterSrc(Addresses.format(family, control.srcHigh(), control.srcLow()))
                .setMasterDst(Addresses.format(family, control.dstHigh(), control.dstLow()))
                .setMasterSport(control.l4Src())
                .setMasterDport(control.l4Dst())
                .setTimeout(secondsLeft)
                .setFlags(expectation.flags())
                .setGroup(expectation.group())
                .setHelper(expectation.helper())
                .setFunction(expectation.function())
                .setZone(identity.zone())
                .setOwner(owner)
                .setVersion(version)
                .setInKernel(inKernel)
                .build();
    }
}
