package io.keepflow.node;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.keepflow.protocol.Expectation;
import io.keepflow.protocol.Extensions;
import io.keepflow.protocol.Flow;
import io.keepflow.protocol.HelperName;
import io.keepflow.protocol.SeqAdjust;
import io.keepflow.protocol.Tuple;
import io.keepflow.protocol.Tuples;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package may use which: the data goes down the road and nobody reaches back. */
class ArchitectureTest {
    private static final String NODE = "io.keepflow.node";
    private static final Set<String> FLOW_MODEL = Stream.of(
                    Flow.class, Tuple.class, Tuples.class, Extensions.class, HelperName.class, SeqAdjust.class)
            .map(Class::getName)
            .collect(toSet());

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(NODE);

    /** What is listed, the package itself and {@code time} may be used, and of ours nothing else; libraries are free. */
    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            entry("time", List.of()),
            entry("notation", List.of("flow model")),
            entry("filter", List.of("flow model", "notation")),
            entry("netlink", List.of("flow model", "filter", "notation")),
            entry("table", List.of("flow model")),
            entry("capture", List.of("flow model", "filter", "netlink", "table")),
            entry("inject", List.of("flow model", "table")),
            entry("cluster", List.of("protocol", "crypto", "filter", "table")),
            entry("failover", List.of("protocol")),
            entry("api", List.of("protocol", "notation")),
            entry("config", List.of("filter", "notation")),
            entry("cli", List.of("protocol", "crypto", "node", "api", "config", "filter", "notation")));

    static Stream<String> packages() {
        return MAY_USE.keySet().stream().sorted();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("packages")
    void aPackageUsesWhatItMayUse(String name) {
        DescribedPredicate<JavaClass> allowed =
                resideOutsideOfPackage("io.keepflow..").or(inNode(name)).or(inNode("time"));
        for (String used : MAY_USE.getOrDefault(name, List.of())) {
            allowed = allowed.or(named(used));
        }
        classes()
                .that(inNode(name))
                .should()
                .onlyDependOnClassesThat(allowed.as("are in " + MAY_USE.get(name)))
                .check(CLASSES);
    }

    @Test
    void everyPackageIsUnderTheLaw() {
        Set<String> packages = CLASSES.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !name.equals(NODE))
                .map(name -> name.substring(NODE.length() + 1))
                .collect(toSet());
        assertThat(packages).isEqualTo(MAY_USE.keySet());
    }

    @Test
    void nothingGoesInCircles() {
        slices().matching(NODE + ".(*)..").should().beFreeOfCycles().check(CLASSES);
        noClasses()
                .that(resideInAPackage(NODE))
                .should()
                .dependOnClassesThat(inNode("cli"))
                .because("the command line starts the node")
                .check(CLASSES);
    }

    /** What is hard to exchange or to trust stays in one place. */
    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        "org.jgroups.., cluster",
        "java.lang.foreign.., netlink table cli failover",
        "picocli.., cli",
        "org.tomlj.., config",
        "tools.jackson.., cli"
    })
    void aLibraryStaysInItsPlace(String library, String places) {
        DescribedPredicate<JavaClass> outside = describe("outside of " + places, ignored -> true);
        for (String place : places.split(" ", -1)) {
            outside = outside.and(DescribedPredicate.not(inNode(place)));
        }
        noClasses()
                .that(outside)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> named(String used) {
        return switch (used) {
            case "flow model" ->
                describe("flow model", type -> FLOW_MODEL.contains(type.getName()) || isExpectation(type.getName()));
            case "protocol", "crypto" -> resideInAPackage("io.keepflow." + used + "..");
            case "node" -> resideInAPackage(NODE);
            default -> inNode(used);
        };
    }

    private static DescribedPredicate<JavaClass> inNode(String name) {
        return resideInAPackage(NODE + "." + name + "..");
    }

    private static boolean isExpectation(String type) {
        return type.equals(Expectation.class.getName()) || type.startsWith(Expectation.class.getName() + "$");
    }
}
