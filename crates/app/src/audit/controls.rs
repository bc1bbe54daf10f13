//! Which controls of which standards a section serves: SOC 2 (trust services criteria), ISO/IEC
//! 27001:2022 annex A, PCI DSS 4.0, NIST SP 800-53 revision 5.

use super::page::Control;

const fn control(standard: &'static str, numbers: &'static str) -> Control {
    Control { standard, numbers }
}

/// Declares the four standards' numbers for a section.
macro_rules! controls {
    ($($(#[$doc:meta])* $name:ident: $soc:literal, $iso:literal, $pci:literal, $nist:literal;)+) => {
        $($(#[$doc])*
        pub(super) const $name: &[Control] = &[
            control("SOC 2", $soc),
            control("ISO 27001", $iso),
            control("PCI DSS", $pci),
            control("NIST 800-53", $nist),
        ];)+
    };
}

controls! {
    /// Who holds what.
    INVENTORY: "CC6.1, CC6.2", "A.5.15, A.5.16, A.5.18", "7.2.5, 8.2.1", "AC-2, AC-6, IA-4";
    /// What was issued, changed and ended.
    LIFECYCLE: "CC6.2, CC6.3", "A.5.16, A.5.18", "8.2.4, 10.2.1.5", "AC-2(4), AU-2, IA-5";
    /// From exposure to the end.
    INCIDENTS: "CC6.6, CC7.2, CC7.3, CC7.4", "A.5.28, A.8.16", "8.6.2, 8.6.3", "IR-4, IR-5, IR-6, IA-5(7), AC-2(13)";
    /// Those who left.
    LEAVERS: "CC6.2, CC6.3", "A.5.18, A.6.5", "8.2.5", "AC-2(3), PS-4";
    /// How old secrets are.
    ROTATION: "CC6.1", "A.5.17, A.8.5", "8.6.3", "IA-5, IA-5(1), AC-12";
    /// What never ends.
    NEVER: "CC6.1", "A.5.17, A.8.2", "8.6.3", "AC-2, IA-5";
    /// What nobody uses.
    UNUSED: "CC6.2, CC6.3", "A.5.18", "8.2.6", "AC-2(3)";
    /// More rights than are needed.
    SCOPES: "CC6.1, CC6.3", "A.8.2, A.8.3", "7.2.5, 7.2.5.1", "AC-6";
    /// Reviews by others than the owners.
    REVIEWS: "CC6.2, CC6.3", "A.5.18", "7.2.4, 7.2.5.1", "AC-2, AC-6(7)";
    /// Changed rules.
    POLICY: "CC8.1", "A.5.15, A.8.9", "10.2.1.5, 12.3.1", "AU-2, CM-3";
    /// Scans that were let past.
    BYPASSES: "CC6.8, CC7.2", "A.8.16", "8.6.2", "IA-5(7), AU-6";
    /// The log itself.
    LOG: "CC7.2", "A.5.28, A.5.33, A.8.15, A.8.17", "10.3.1–10.3.4, 10.5.1", "AU-9(3), AU-10, AU-11, AU-12";
}
