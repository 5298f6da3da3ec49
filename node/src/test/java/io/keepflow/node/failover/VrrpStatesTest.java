package io.keepflow.node.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.v1.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of keepalived, and the role that follows from all of them. */
class VrrpStatesTest {
    private final VrrpStates states = new VrrpStates();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
                    INSTANCE "VI_1" MASTER 100   | INSTANCE VI_1 | MASTER
                    INSTANCE "VI_1" BACKUP       | INSTANCE VI_1 | BACKUP
                    GROUP "EDGE" FAULT 0         | GROUP EDGE    | FAULT
                    INSTANCE "a name" STOP 50    | INSTANCE a name | STOP
                    INSTANCE "V" MASTER_RX_LOWER_PRI 1 | INSTANCE V | MASTER_RX_LOWER_PRI
                    INSTANCE  "V"  BACKUP  7     | INSTANCE V    | BACKUP
                    """)
    void aLineOfKeepalived(String line, String subject, String state) {
        assertThat(VrrpNotice.parse(line)).contains(new VrrpNotice(subject, state));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "INSTANCE",
                "INSTANCE VI_1 MASTER 100",
                "INSTANCE \"VI_1 MASTER 100",
                "INSTANCE \"VI_1\"",
                "INSTANCE \"VI_1\" MASTER high",
                "INSTANCE \"VI_1\" MASTER 100 and more",
                "VS [10.0.0.1]:tcp:80 UP",
                "x INSTANCE \"VI_1\" MASTER 100",
                "instance \"VI_1\" master 100"
            })
    void anyOtherLineIsNone(String line) {
        assertThat(VrrpNotice.parse(line)).isEmpty();
    }

    /** Each after the ones before it, as far as it says so. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(textBlock = """
            a BACKUP                         , ROLE_STANDBY
            a MASTER                         , ROLE_ACTIVE
            a FAULT                          , ROLE_FAULT
            a STOP                           , ROLE_FAULT
            a DELETED                        , ROLE_UNKNOWN
            a BACKUP; b MASTER               , ROLE_ACTIVE
            a MASTER; b FAULT                , ROLE_ACTIVE
            a BACKUP; b FAULT                , ROLE_STANDBY
            a MASTER; b BACKUP; a BACKUP     , ROLE_STANDBY
            a MASTER; a FAULT                , ROLE_FAULT
            a MASTER; b MASTER; a STOP       , ROLE_ACTIVE
            a MASTER; b BACKUP; a DELETED    , ROLE_STANDBY
            a BACKUP; a MASTER; a MASTER     , ROLE_ACTIVE
            """)
    void roleOfAllInstances(String sequence, Role role) {
        assertThat(states.role()).isEqualTo(Role.ROLE_UNKNOWN);
        for (String step : sequence.split("; ", -1)) {
            String[] words = step.split(" ", -1);
            assertThat(accept("INSTANCE \"" + words[0] + "\" " + words[1])).isTrue();
        }
        assertThat(states.role()).isEqualTo(role);
    }

    @Test
    void aGroupAndAnInstanceOfOneNameAreTwo() {
        accept("GROUP \"a\" MASTER 1");
        accept("INSTANCE \"a\" BACKUP 1");
        assertThat(states.role()).isEqualTo(Role.ROLE_ACTIVE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"MASTER_RX_LOWER_PRI", "MASTER_PRIORITY", "BACKUP_PRIORITY"})
    void aChangeOfPriorityIsNoChangeOfState(String state) {
        accept("INSTANCE \"a\" MASTER 1");
        assertThat(accept("INSTANCE \"a\" " + state + " 1")).isFalse();
        assertThat(states.role()).isEqualTo(Role.ROLE_ACTIVE);
    }

    @Test
    void whatIsWrittenDownIsReadBack() {
        accept("INSTANCE \"two words\" BACKUP 1");
        accept("GROUP \"EDGE\" MASTER 1");
        accept("INSTANCE \"a\" FAULT 1");
        VrrpStates again = new VrrpStates();
        states.toLines()
                .lines()
                .forEach(line -> assertThat(again.accept(VrrpNotice.parse(line).orElseThrow()))
                        .isTrue());
        assertThat(again.toLines()).isEqualTo(states.toLines()).hasLineCount(3);
        assertThat(again.role()).isEqualTo(Role.ROLE_ACTIVE);
    }

    private boolean accept(String line) {
        return states.accept(VrrpNotice.parse(line).orElseThrow());
    }
}
