package io.keepflow.it.containers;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/** A container of the bed: plugged into its networks before its first process starts, with the kit's files in {@code /kit}. */
final class Machine extends GenericContainer<Machine> {
    private final String title;
    private final List<Plug> plugs;

    /** A place in a network: this machine's host number there. */
    record Plug(BridgeNetwork network, int host) {}

    Machine(String title, String image, Map<String, String> sysctls, List<Plug> plugs, String... command) {
        super(DockerImageName.parse(image));
        this.title = title;
        this.plugs = plugs;
        withCreateContainerCmdModifier(create -> describe(create, sysctls, command));
    }

    /** What the bed calls this machine, and the machine itself. */
    String title() {
        return title;
    }

    /** Adds a file of the kit to {@code /kit}. */
    Machine withKit(String file) {
        return withCopyFileToContainer(MountableFile.forClasspathResource("containers/" + file), "/kit/" + file);
    }

    private void describe(CreateContainerCmd create, Map<String, String> sysctls, String... command) {
        Plug first = plugs.getFirst();
        HostConfig host = Objects.requireNonNull(create.getHostConfig());
        host.withNetworkMode(first.network().id())
                .withCapAdd(Capability.NET_ADMIN, Capability.NET_RAW)
                .withSysctls(sysctls);
        create.withHostName(title)
                .withIpv4Address(first.network().address(first.host()))
                .withIpv6Address(first.network().address6(first.host()))
                .withEntrypoint(command);
    }

    @Override
    protected void containerIsCreated(String containerId) {
        for (Plug plug : plugs.subList(1, plugs.size())) {
            plug.network().attach(containerId, plug.host());
        }
    }

    /** Runs a command to its end and returns its standard output; fails on a non-zero exit with what it wrote. */
    String run(String... command) {
        ExecResult result = execute(command);
        if (result.getExitCode() != 0) {
            throw new IllegalStateException(String.join(" ", command) + " exited with " + result.getExitCode() + ": "
                    + result.getStdout() + result.getStderr());
        }
        return result.getStdout();
    }

    /** Whether a command exits with zero. */
    boolean succeeds(String... command) {
        return execute(command).getExitCode() == 0;
    }

    private ExecResult execute(String... command) {
        try {
            return execInContainer(command);
        } catch (IOException e) {
            throw new IllegalStateException(String.join(" ", command) + " could not be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The power cut: every process dies at once, and the machine's interfaces with them. */
    void cutPower() {
        getDockerClient().killContainerCmd(getContainerId()).exec();
    }

    /** Starts the machine again after a power cut, with the files that it had. */
    void restorePower() {
        getDockerClient().startContainerCmd(getContainerId()).exec();
    }
}
