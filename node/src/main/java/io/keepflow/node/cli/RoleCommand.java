package io.keepflow.node.cli;

import io.keepflow.protocol.v1.Role;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code keepflow promote} and {@code keepflow demote}: the role, by hand. */
abstract class RoleCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Role role;

    @Mixin
    private SocketOptions socket = new SocketOptions();

    private RoleCommand(Terminal terminal, Role role) {
        this.terminal = terminal;
        this.role = role;
    }

    @Override
    public Integer call() throws IOException {
        terminal.out().write(socket.client().changeRole(role) + "\n");
        return Failure.OK;
    }

    /** Makes the node active. */
    @Command(name = "promote", description = "Make the node active by hand.")
    static final class Promote extends RoleCommand {
        Promote(Terminal terminal) {
            super(terminal, Role.ROLE_ACTIVE);
        }
    }

    /** Makes the node standby. */
    @Command(name = "demote", description = "Make the node standby by hand.")
    static final class Demote extends RoleCommand {
        Demote(Terminal terminal) {
            super(terminal, Role.ROLE_STANDBY);
        }
    }
}
