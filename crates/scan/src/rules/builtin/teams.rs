//! Microsoft Teams.

use crate::rules::class::{HEX, NO, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Microsoft Teams";

const HELP: &str = "Remove the incoming webhook from the channel.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "microsoft-teams-webhook",
    description: "Microsoft Teams incoming webhook",
    help: HELP,
    literals: &[".webhook.office.com/webhookb2/"],
    regex: r"\.webhook\.office\.com/webhookb2/([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}@[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/IncomingWebhook/[0-9A-Za-z]{32}/[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})",
    group: 1,
    tail: (HEX, 8),
    edges: (NO, WORD),
    examples: &[
        "https://acme.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/{hex:32}/{uuid}",
    ],
    ..Spec::DEFAULT
}];
