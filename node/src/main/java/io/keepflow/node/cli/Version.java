package io.keepflow.node.cli;

import io.keepflow.node.BuildVersion;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the program. */
public final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"keepflow " + BuildVersion.current()};
    }
}
