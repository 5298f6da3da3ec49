package io.keepflow.node.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.v1.Role;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The last word counts, and only a change is a change. */
class RoleControlTest {
    private final RoleControl control = new RoleControl();
    private final List<Role> heard = new ArrayList<>();

    @BeforeEach
    void listen() {
        control.listen(heard::add);
    }

    @Test
    void nobodyHasSaidAnything() {
        assertThat(control.current().role()).isEqualTo(Role.ROLE_UNKNOWN);
        assertThat(control.current().source()).isEqualTo("none");
        assertThat(heard).isEmpty();
    }

    @Test
    void theLastWordCounts() {
        control.fromKeepalived(Role.ROLE_STANDBY);
        control.byHand(Role.ROLE_ACTIVE);
        assertThat(control.current().source()).isEqualTo("manual");
        control.fromKeepalived(Role.ROLE_FAULT);
        assertThat(control.current().role()).isEqualTo(Role.ROLE_FAULT);
        assertThat(control.current().source()).isEqualTo("keepalived");
        assertThat(heard).containsExactly(Role.ROLE_STANDBY, Role.ROLE_ACTIVE, Role.ROLE_FAULT);
    }

    @Test
    void theSameRoleAgainChangesItsSourceAlone() {
        control.byHand(Role.ROLE_ACTIVE);
        long since = control.current().sinceNanos();
        control.fromKeepalived(Role.ROLE_ACTIVE);
        assertThat(control.current()).isEqualTo(new RoleControl.Current(Role.ROLE_ACTIVE, "keepalived", since));
        assertThat(heard).containsExactly(Role.ROLE_ACTIVE);
    }

    @Test
    void theRoleIsThereBeforeTheListenerHears() {
        control.listen(role -> heard.add(control.current().role()));
        control.byHand(Role.ROLE_STANDBY);
        assertThat(heard).containsExactly(Role.ROLE_STANDBY);
    }
}
