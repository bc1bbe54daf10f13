//! Shopify.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Shopify";

const HELP: &str = "Uninstall the app or rotate its credentials in the admin.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "shopify-access-token",
        description: "Shopify access token",
        help: HELP,
        literals: &["shpat_"],
        regex: "shpat_[0-9a-fA-F]{32}",
        tail: (HEX, 32),
        examples: &["shpat_{hex:32}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "shopify-custom-access-token",
        description: "Shopify access token of a custom app",
        help: HELP,
        literals: &["shpca_"],
        regex: "shpca_[0-9a-fA-F]{32}",
        tail: (HEX, 32),
        examples: &["shpca_{hex:32}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "shopify-private-app-access-token",
        description: "Shopify access token of a private app",
        help: HELP,
        literals: &["shppa_"],
        regex: "shppa_[0-9a-fA-F]{32}",
        tail: (HEX, 32),
        examples: &["shppa_{hex:32}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "shopify-shared-secret",
        description: "Shopify shared secret",
        help: HELP,
        literals: &["shpss_"],
        regex: "shpss_[0-9a-fA-F]{32}",
        tail: (HEX, 32),
        examples: &["shpss_{hex:32}"],
        ..Spec::DEFAULT
    },
];
