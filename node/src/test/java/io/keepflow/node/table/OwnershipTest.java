package io.keepflow.node.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.keepflow.protocol.Flow;
import io.keepflow.protocol.testkit.FlowSamples;
import io.keepflow.protocol.testkit.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The owners' accounts: counts and digests kept as flows come, change hands and go. */
class OwnershipTest {
    private final Owners owners = new Owners("fw1", 11);
    private final FlowTable table = new FlowTable(1 << 16, owners, 42);

    @Test
    void accountsEqualARecountAfterAnyChanges() {
        Random random = Seed.random();
        List<Owner> all = List.of(
                owners.nobody(), owners.self(), owners.add("fw2", 22), owners.add("fw3", 33), owners.add("fw4", 44));
        List<Integer> live = new ArrayList<>();
        int number = 0;
        for (int i = 0; i < 60_000; i++) {
            int choice = random.nextInt(10);
            if (live.isEmpty() || choice < 2) {
                live.add(table.add(FlowSamples.udp(number++)));
            } else if (choice == 2) {
                Collections.swap(live, random.nextInt(live.size()), live.size() - 1);
                assertThat(table.release(live.removeLast())).isTrue();
            } else {
                int slot = live.get(random.nextInt(live.size()));
                table.assign(slot, all.get(random.nextInt(all.size())), random.nextInt(4));
            }
            if (i % 5_000 == 0) {
                assertThat(accounts(table)).isEqualTo(recount(table, number));
            }
        }
        assertThat(accounts(table)).isEqualTo(recount(table, number));
        live.forEach(table::release);
        assertThat(accounts(table)).allMatch(account -> account.endsWith(": 0 flows, 0 published, digest 0"));
    }

    private static List<String> accounts(FlowTable table) {
        return table.owners().all().stream().map(OwnershipTest::account).toList();
    }

    private static String account(Owner owner) {
        return "%s: %d flows, %d published, digest %x"
                .formatted(owner.name(), owner.flows(), owner.published(), owner.digest());
    }

    /** The same flows, owners and versions put into a fresh table, in the order of the slots. */
    private static List<String> recount(FlowTable table, int max) {
        Owners owners = new Owners("fw1", 11);
        for (Owner owner : table.owners().all().subList(2, table.owners().all().size())) {
            owners.add(owner.name(), owner.boot());
        }
        FlowTable fresh = new FlowTable(max, owners, 4711);
        Flow flow = new Flow();
        for (int slot = 0; slot < table.slots(); slot++) {
            if (table.isUsed(slot)) {
                table.load(slot, flow);
                fresh.assign(fresh.add(flow), owners.get(table.ownerIndex(slot)), table.version(slot));
            }
        }
        return accounts(fresh);
    }

    @Test
    void equalSetsHaveEqualDigestsWhateverTheirOrderAndTheSeedOfTheTable() {
        Random random = Seed.random();
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            flows.add(FlowSamples.random(random));
        }
        long digest = digest(flows, 1);
        Collections.shuffle(flows, random);
        assertThat(digest(flows, 2)).isEqualTo(digest).isNotZero();
    }

    @Test
    void oneDifferentVersionOrFlowMakesAnotherDigest() {
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            flows.add(FlowSamples.udp(i));
        }
        long digest = digest(flows, 1);
        for (int i = 0; i < 1_000; i++) {
            int slot = table.add(flows.get(i));
            table.assign(slot, owners.self(), 7);
        }
        assertThat(owners.self().digest()).isEqualTo(digest);
        for (int slot = 0; slot < 1_000; slot++) {
            table.assign(slot, owners.self(), 8);
            assertThat(owners.self().digest()).isNotEqualTo(digest);
            assertThat(owners.self().published()).isEqualTo(1_000);
            table.assign(slot, owners.self(), 7);
            assertThat(owners.self().digest()).isEqualTo(digest);
        }
        table.release(0);
        assertThat(owners.self().digest()).isNotEqualTo(digest);
    }

    /** Two changes that cancel each other out in a sum of plain numbers. */
    @Test
    void exchangedVersionsMakeAnotherDigest() {
        int one = table.add(FlowSamples.udp(1));
        int two = table.add(FlowSamples.udp(2));
        table.assign(one, owners.self(), 1);
        table.assign(two, owners.self(), 2);
        long digest = owners.self().digest();
        table.assign(one, owners.self(), 2);
        table.assign(two, owners.self(), 1);
        assertThat(owners.self().digest()).isNotEqualTo(digest);
    }

    private static long digest(List<Flow> flows, long seed) {
        Owners owners = new Owners("any", 99);
        FlowTable table = new FlowTable(flows.size(), owners, seed);
        for (Flow flow : flows) {
            table.assign(table.add(flow), owners.self(), 7);
        }
        return owners.self().digest();
    }

    @Test
    void whatIsNotPublishedIsCountedButNotInTheDigest() {
        int slot = table.add(FlowSamples.udp(1));
        table.assign(slot, owners.self(), 0);
        assertThat(account(owners.self())).isEqualTo("fw1: 1 flows, 0 published, digest 0");
        table.assign(slot, owners.self(), 1);
        assertThat(owners.self().published()).isEqualTo(1);
        table.assign(slot, owners.self(), 0);
        assertThat(account(owners.self())).isEqualTo("fw1: 1 flows, 0 published, digest 0");
    }

    @Test
    void anOwnerIsKnownByItsBoot() {
        Owner peer = owners.add("fw2", 22);
        assertThat(owners.add("renamed", 22)).isSameAs(peer);
        assertThat(owners.byBoot(22)).isSameAs(peer);
        assertThat(owners.byBoot(11)).isSameAs(owners.self());
        assertThat(owners.byBoot(0)).as("nobody has no boot").isNull();
        assertThat(owners.byBoot(23)).isNull();
        assertThat(owners.nobody().isAlive()).isFalse();
    }

    @Test
    void theIndexOfAForgottenOwnerIsUsedAgainOnceItHasNoFlows() {
        Owner dead = owners.add("fw2", 22);
        int slot = table.add(FlowSamples.udp(1));
        table.assign(slot, dead, 3);
        dead.forget();
        assertThat(dead.isAlive()).isFalse();
        assertThat(owners.add("fw2", 23).index())
                .as("the forgotten one still has a flow")
                .isEqualTo(3);
        table.release(slot);
        Owner next = owners.add("fw2", 24);
        assertThat(next.index()).isEqualTo(dead.index());
        assertThat(next.isAlive()).isTrue();
        assertThat(account(next)).isEqualTo("fw2: 0 flows, 0 published, digest 0");
        assertThat(owners.byBoot(22)).isNull();
        assertThat(owners.all()).hasSize(4);
    }

    @Test
    void urgentIsWhatProtectsALiveConnection() {
        Flow tcp = FlowSamples.snatted(1);
        for (int state = 0; state < 15; state++) {
            tcp.tcpState = state;
            assertThat(Urgency.isUrgent(tcp)).as("TCP state %d", state).isEqualTo(state == 3);
        }
        assertThat(Urgency.isUrgent(FlowSamples.udp(1))).isTrue();
    }
}
