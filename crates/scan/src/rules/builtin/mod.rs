//! The built-in pack: one provider a file, each the same shape.

mod password;
mod samples;
#[cfg(test)]
mod walk;
mod words;

use super::rule::Spec;
pub(super) use words::NEIGHBOURHOOD;

pub(crate) use samples::is_published;

/// Declares the providers' files and lists them.
macro_rules! providers {
    ($($name:ident),+ $(,)?) => {
        $(mod $name;)+

        /// Every provider with its rules. The forms that no provider owns have no name.
        pub(crate) const PACK: &[(&str, &[Spec])] = &[$(($name::PROVIDER, $name::RULES)),+];
    };
}

providers! {
    adobe, age, aikido, airtable, alibaba, anthropic, apify, artifactory, asana, atlassian, aws,
    azure, basic, bitbucket, brevo, buildkite, cargo, cerebras, circleci, clickhouse, clickup,
    clojars, cloudflare, cloudsmith, cockroachdb, confluent, databricks, datadog, datastax, deno,
    digitalocean, discord, docker, doppler, duffel, dynatrace, easypost, elevenlabs, facebook,
    figma, flutterwave, flyio, frameio, github, gitlab, google, grafana, groq, harness, hashicorp,
    heroku, honeycomb, hubspot, huggingface, infracost, jwt, langsmith, launchdarkly, linear,
    mailchimp, mailersend, mailgun, mapbox, maxmind, mercury, mongodb, neon, netlify, netrc,
    newrelic, ngrok, notion, npm, nuget, nvidia, octopus, okta, onepassword, onesignal, openai,
    openrouter, openshift, packagist, paddle, paypal, pem, perplexity, pinecone, plaid,
    planetscale, polar, posthog, postman, prefect, pulumi, putty, pypi, ramp, readme, render,
    replicate, resend, rootly, rubygems, runpod, salesforce, segment, sendgrid, sentry, shippo,
    shopify, slack, snyk, sonar, sourcegraph, square, stripe, supabase, tailscale, teams,
    telegram, together, twilio, typeform, unkey, url, vercel, wandb, wireguard, workos, xai,
    zuplo,
}
