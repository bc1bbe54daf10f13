//! Review campaigns: who said of which token that it is kept or revoked, why, and who signed it off.

use std::collections::HashMap;

use patrol_ledger::{
    Cause, Command, Decide, Event, Recorded, Request, Review, Scope, Selector, Status, Timestamp,
    Token, TokenQuery, Verdict,
};
use patrol_token::TokenId;
use serde::Serialize;
use ulid::Ulid;

use super::page::{Document, Section, Table, fact};
use super::reviewer::{WHO_ACTS, compared, like_owner};
use super::words::{scopes, when, when_or};
use crate::app::{App, Caller};
use crate::error::AppError;

/// Which living tokens a campaign is about.
#[derive(Clone, Debug, Default)]
pub struct ReviewScope {
    /// This owner's.
    pub owner: Option<String>,
    /// Whose scopes cover this one.
    pub scope: Option<Scope>,
}

/// A campaign, as told.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewView {
    /// Its id.
    pub id: String,
    /// What it is called; `null` once whoever began it is forgotten.
    pub name: Option<String>,
    /// `open` or `closed`.
    pub status: &'static str,
    /// When it was started.
    pub started_at: String,
    /// By whom.
    pub started_by: Option<String>,
    /// When it was signed off.
    pub closed_at: Option<String>,
    /// By whom.
    pub closed_by: Option<String>,
    /// With what words.
    pub comment: Option<String>,
    /// Tokens that are kept, and live.
    pub kept: u64,
    /// Tokens that the review ended.
    pub revoked: u64,
    /// Tokens that ended otherwise, whatever was said of them.
    pub ended: u64,
    /// Tokens that live, with nothing said of them.
    pub open: u64,
    /// Where its last event stands.
    pub position: u64,
    /// Its tokens, with what was said of each last.
    pub tokens: Vec<ReviewedToken>,
}

/// A token under review.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewedToken {
    /// The token.
    pub token_id: String,
    /// Its owner; `null` once forgotten.
    pub owner: Option<String>,
    /// Its name; `null` once forgotten.
    pub name: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Its status now.
    pub status: Option<&'static str>,
    /// `keep` or `revoke`; `null`: nothing was said yet.
    pub verdict: Option<&'static str>,
    /// Who said it.
    pub reviewer: Option<String>,
    /// The operating system's user id of who said it, if it was said on the ledger's machine.
    pub reviewer_uid: Option<u32>,
    /// Why the reviewer may be the owner: `name` (the same before the @) or `uid` (the owner acted on
    /// this token under the same user id); `null`: neither.
    pub reviewer_like_owner: Option<&'static str>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// Where that stands in the log.
    pub position: Option<u64>,
}

impl App {
    /// Starts a campaign over the living tokens that fit; returns its id.
    ///
    /// # Errors
    /// No token that fits, too many, or a store error.
    pub fn start_review(
        &self,
        by: &Caller,
        name: &str,
        about: &ReviewScope,
    ) -> Result<Ulid, AppError> {
        let query = TokenQuery {
            owner: about.owner.clone(),
            scope: about.scope.clone(),
            limit: usize::MAX,
            ..TokenQuery::default()
        };
        let now = self.now()?;
        let lives = |token: &Token| matches!(token.status(now), Status::Active | Status::Suspended);
        let tokens = self.tokens(&query, None)?.tokens;
        let tokens = tokens.iter().filter(|token| lives(token)).map(|token| token.id).collect();
        let mut random = [0; 16];
        self.entropy().fill(&mut random[6..])?;
        let id = Ulid::from_parts(now.as_millis(), u128::from_be_bytes(random));
        let (name, actor) = (name.to_owned(), by.actor.clone());
        self.submit(by, Command::StartReview { id, by: actor, name, tokens })?;
        Ok(id)
    }

    /// Says what shall become of tokens under review. What is to be revoked ends in the same
    /// transaction. Gives the tokens of which that was new: a verdict that stands keeps its reason.
    ///
    /// # Errors
    /// An unknown or closed review, a token that is none of it or belongs to the reviewer, a reason
    /// that cannot be kept, or a store error. Nothing is decided then.
    pub fn decide_review(
        &self,
        by: &Caller,
        review: Ulid,
        tokens: Vec<Selector>,
        verdict: Verdict,
        reason: &str,
    ) -> Result<Vec<TokenId>, AppError> {
        let (actor, reason) = (by.actor.clone(), reason.to_owned());
        let decide = Decide { review, by: actor, tokens, verdict, reason };
        let receipt = self.ledger().submit(Request {
            actor: by.actor.clone(),
            via: by.via,
            uid: by.uid,
            cause: Some(Cause { kind: "review".into(), id: review.to_string(), key_hash: None }),
            command: Command::Decide(decide),
        })?;
        let decided = receipt.events.iter().filter_map(|event| match event.event {
            Event::ReviewDecided { token, .. } => Some(token),
            _ => None,
        });
        Ok(decided.collect())
    }

    /// Signs a review off.
    ///
    /// # Errors
    /// A review that is unknown, closed, or open for some tokens, or a store error.
    pub fn close_review(
        &self,
        by: &Caller,
        review: Ulid,
        comment: Option<String>,
    ) -> Result<(), AppError> {
        self.submit(by, Command::CloseReview { review, by: by.actor.clone(), comment })?;
        Ok(())
    }

    /// One campaign.
    ///
    /// # Errors
    /// An unknown review, or a store error.
    pub fn review(&self, id: Ulid) -> Result<ReviewView, AppError> {
        let unknown = || patrol_ledger::Refusal::UnknownReview(id);
        let review = self.reader()?.review(id)?.ok_or_else(unknown)?;
        self.review_view(&review, None)
    }

    /// Every campaign, the oldest first: as it is, or as it stood until before an instant.
    ///
    /// # Errors
    /// A store error.
    pub fn reviews(&self, until: Option<Timestamp>) -> Result<Vec<ReviewView>, AppError> {
        let reviews = self.reader()?.reviews()?;
        let there = reviews.iter().filter(|it| until.is_none_or(|until| it.started_at < until));
        there.map(|review| self.review_view(review, until)).collect()
    }

    fn review_view(
        &self,
        review: &Review,
        until: Option<Timestamp>,
    ) -> Result<ReviewView, AppError> {
        // Asked before the reader is held: it takes one, too.
        let present = self.now()?;
        let reader = self.reader()?;
        let mut events = reader.review_events(review.id)?;
        events.retain(|event| until.is_none_or(|until| event.recorded_at < until));
        let closed_at = review.closed_at.filter(|at| until.is_none_or(|until| *at < until));
        let now = until.map_or(present, |until| Timestamp::from_micros(until.as_micros() - 1));
        let mut view = ReviewView {
            id: review.id.to_string(),
            name: None,
            status: if closed_at.is_some() { "closed" } else { "open" },
            started_at: review.started_at.to_string(),
            started_by: None,
            closed_at: closed_at.map(|at| at.to_string()),
            closed_by: None,
            comment: None,
            kept: 0,
            revoked: 0,
            ended: 0,
            open: 0,
            position: events.last().map_or(review.position, |last| last.position),
            tokens: Vec::with_capacity(review.tokens.len()),
        };
        // What was said of each last.
        let verdicts: HashMap<TokenId, &Recorded> = events
            .iter()
            .filter_map(|event| match &event.event {
                Event::ReviewDecided { token, .. } => Some((*token, event)),
                _ => None,
            })
            .collect();
        for id in review.tokens.keys() {
            let token = match until {
                None => reader.token(&Selector::Id(*id))?,
                Some(_) => reader.token_at(*id, now)?,
            };
            // Of a closed review, what stood at its end.
            let then = closed_at.unwrap_or(now);
            let lives = token
                .as_ref()
                .is_some_and(|it| super::leaver::ended(it, then).is_none_or(|(at, _)| at > then));
            let said = verdicts.get(id).copied();
            *match said.map(|said| &said.event) {
                Some(Event::ReviewDecided { verdict: Verdict::Revoke, .. }) => &mut view.revoked,
                Some(_) if lives => &mut view.kept,
                None if lives => &mut view.open,
                _ => &mut view.ended,
            } += 1;
            let mut told = reviewed(*id, token.as_ref(), said, now);
            if let Some(said) = said {
                told.reviewer_like_owner = like_owner(&reader, token.as_ref(), said)?;
            }
            view.tokens.push(told);
        }
        for event in &events {
            let by = event.actor.name.text.clone();
            match &event.event {
                Event::ReviewStarted { name, .. } => {
                    (view.name, view.started_by) = (name.text.clone(), by);
                }
                Event::ReviewClosed { comment, .. } => {
                    view.closed_by = by;
                    view.comment = comment.as_ref().and_then(|words| words.text.clone());
                }
                _ => {}
            }
        }
        Ok(view)
    }
}

fn reviewed(
    id: TokenId,
    token: Option<&Token>,
    said: Option<&Recorded>,
    now: Timestamp,
) -> ReviewedToken {
    let (verdict, reason) = match said.map(|said| &said.event) {
        Some(Event::ReviewDecided { verdict, reason, .. }) => {
            (Some(verdict.as_str()), reason.text.clone())
        }
        _ => (None, None),
    };
    ReviewedToken {
        token_id: id.to_string(),
        owner: token.and_then(|token| token.owner.text.clone()),
        name: token.and_then(|token| token.name.clone()),
        scopes: token
            .iter()
            .flat_map(|token| token.scopes.iter())
            .map(ToString::to_string)
            .collect(),
        status: token.map(|token| token.status(now).as_str()),
        verdict,
        reviewer: said.and_then(|said| said.actor.name.text.clone()),
        reviewer_uid: said.and_then(|said| said.actor.uid),
        reviewer_like_owner: None,
        reason,
        decided_at: said.map(|said| said.recorded_at.to_string()),
        position: said.map(|said| said.position),
    }
}

impl ReviewView {
    /// The campaign as a document.
    pub fn document(&self) -> Document {
        let forgotten = || "(forgotten)".to_owned();
        let instant = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        let signed = match instant(&self.closed_at) {
            None => "not yet".to_owned(),
            Some(at) => {
                format!("{} by {}", when(at), self.closed_by.clone().unwrap_or_else(forgotten))
            }
        };
        let rows = self.tokens.iter().map(|it| {
            vec![
                it.token_id.clone(),
                it.owner.clone().unwrap_or_else(forgotten),
                it.name.clone().unwrap_or_else(forgotten),
                scopes(&it.scopes),
                match (it.verdict, it.status) {
                    (Some(verdict), _) => verdict.to_owned(),
                    // It lives, so something has to be said of it still.
                    (None, Some("suspended")) => "open (suspended)".to_owned(),
                    (None, Some("active") | None) => "open".to_owned(),
                    (None, Some(ended)) => ended.to_owned(),
                },
                it.verdict.map_or_else(String::new, |_| it.reviewed_by()),
                it.verdict
                    .map_or_else(String::new, |_| it.reason.clone().unwrap_or_else(forgotten)),
                when_or(instant(&it.decided_at), ""),
            ]
        });
        let head = ["token", "owner", "name", "scopes", "verdict", "reviewer", "reason", "when"];
        Document {
            title: format!("Review: {}", self.name.clone().unwrap_or_else(forgotten)),
            about: vec![
                fact("review", &self.id),
                fact("status", self.status),
                fact(
                    "started",
                    format!(
                        "{} by {}",
                        when_or(instant(&Some(self.started_at.clone())), "–"),
                        self.started_by.clone().unwrap_or_else(forgotten)
                    ),
                ),
                fact("signed off", signed),
            ],
            sections: vec![Section {
                title: "Tokens".into(),
                says: self
                    .comment
                    .iter()
                    .cloned()
                    .chain([held_against_owners(std::slice::from_ref(self))])
                    .collect(),
                gaps: match self.tokens.iter().any(|it| it.verdict.is_some()) {
                    true => vec![WHO_ACTS.into()],
                    false => Vec::new(),
                },
                facts: vec![
                    fact("kept", self.kept),
                    fact("revoked", self.revoked),
                    fact("ended otherwise", self.ended),
                    fact("still open", self.open),
                ],
                tables: vec![Table::new(&head, rows)],
                controls: super::controls::REVIEWS.to_vec(),
                ..Section::default()
            }],
            closing: Vec::new(),
        }
    }
}

impl ReviewedToken {
    /// The reviewer, and a word if they may be the owner.
    fn reviewed_by(&self) -> String {
        let name = self.reviewer.clone().unwrap_or_else(|| "(forgotten)".into());
        let like = match self.reviewer_like_owner {
            Some("name") => ": THE OWNER'S NAME",
            Some(_) => ": THE OWNER'S UID",
            None => "",
        };
        format!("{name}{like}")
    }
}

fn held_against_owners(reviews: &[ReviewView]) -> String {
    let tokens = reviews.iter().flat_map(|review| &review.tokens);
    let said: Vec<_> = tokens.filter(|it| it.verdict.is_some()).collect();
    let like = said.iter().filter(|it| it.reviewer_like_owner.is_some()).count();
    compared(said.len(), like)
}

/// Campaigns as a section: for the report, and for the list of them all.
pub(super) fn section(reviews: &[ReviewView]) -> Section {
    let forgotten = || "(forgotten)".to_owned();
    let instant = |text: &str| text.parse().map_or_else(|_| text.to_owned(), when);
    let rows = reviews.iter().map(|it| {
        let signed = it.closed_at.as_ref().map(|at| {
            format!("{} by {}", instant(at), it.closed_by.clone().unwrap_or_else(forgotten))
        });
        vec![
            it.id.clone(),
            it.name.clone().unwrap_or_else(forgotten),
            instant(&it.started_at),
            it.kept.to_string(),
            it.revoked.to_string(),
            it.ended.to_string(),
            it.open.to_string(),
            signed.unwrap_or_else(|| "not yet".into()),
            it.comment.clone().unwrap_or_default(),
        ]
    });
    let head =
        ["review", "name", "started", "kept", "revoked", "ended", "open", "signed off", "words"];
    Section {
        title: "Access reviews".into(),
        says: vec![match reviews.len() {
            0 => "No review was started or signed off.".into(),
            count => format!(
                "{count} review{}; each verdict has a reason in the log. {}",
                if count == 1 { "" } else { "s" },
                held_against_owners(reviews)
            ),
        }],
        gaps: match reviews.len() {
            0 => Vec::new(),
            _ => vec![WHO_ACTS.into()],
        },
        tables: vec![Table::new(&head, rows)],
        controls: super::controls::REVIEWS.to_vec(),
        ..Section::default()
    }
}

/// Every campaign as a document.
pub fn reviews_document(reviews: &[ReviewView]) -> Document {
    Document {
        title: "Access reviews".into(),
        sections: vec![Section { title: "All reviews".into(), ..section(reviews) }],
        ..Document::default()
    }
}
