package io.weft.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ArchitectureTest {
    private static final String FIXTURE = "io.weft.tests.architecture.fixture";

    @TestFactory
    Stream<DynamicTest> codeKeepsTheArchitecture() {
        JavaClasses weft = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(
                        location -> !location.contains("/io/weft/tests/") && !location.contains("/io/weft/api/"))
                .importPackages("io.weft");
        return new ArchitectureRules("io.weft")
                .all().stream().map(rule -> dynamicTest(rule.getDescription(), () -> rule.check(weft)));
    }

    /** A rule that nothing can break holds nothing: each is broken once in the fixture. */
    @TestFactory
    Stream<DynamicTest> eachRuleNoticesWhoBreaksIt() {
        JavaClasses fixture = new ClassFileImporter().importPackages(FIXTURE);
        ArchitectureRules rules = new ArchitectureRules(FIXTURE);
        return Stream.of(
                noticed(rules.importsOnlyEarlierPackages("proxy"), fixture, "ImportsALaterPackage"),
                noticed(rules.importsOnlyEarlierPackages("control"), fixture, "InAnUnlistedPackage"),
                noticed(rules.proxyAndControlNeverImportEachOther(), fixture, "ImportsTheProxy"),
                noticed(rules.protobufStopsAtTheEdge(), fixture, "SeesProtobuf"),
                noticed(rules.nettyChannelsStayInThePackagesThatOwnThem(), fixture, "SeesNetty"),
                noticed(rules.whatDecidesIsPure(), fixture, "ReadsTheClock"),
                noticed(rules.whatDecidesIsPure(), fixture, "StartsAThread"),
                noticed(rules.certificateAuthorityImportsOnlyCoreAndApi(), fixture, "ImportsTheProxy"),
                noticed(rules.engineConfigurationImportsOnlyIdentity(), fixture, "ImportsTheRouteTable"),
                noticed(rules.packagesAreFreeOfCycles(), fixture, "ImportsALaterPackage"),
                noticed(rules.packagesAreNullMarked(), fixture, "control.unlisted"));
    }

    @Test
    void everyModuleWithCodeIsChecked() {
        JavaClasses weft = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.weft.core");
        assertThat(weft).extracting(JavaClass::getSimpleName).contains("SpiffeId", "Watched");
    }

    private static DynamicTest noticed(ArchRule rule, JavaClasses fixture, String culprit) {
        return dynamicTest(rule.getDescription() + ": " + culprit, () -> {
            EvaluationResult result = rule.evaluate(fixture);
            assertThat(result.getFailureReport().toString()).contains(culprit);
        });
    }
}
