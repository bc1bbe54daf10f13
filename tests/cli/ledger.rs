//! The ledger as a whole: its making, policy, prefixes, history, checks and copies.

use insta::assert_snapshot;

use crate::world::World;

#[test]
fn init_makes_a_ledger_once() {
    assert_snapshot!(World::empty().session(&[
        "init --prefix acme_pat --origin log.example/tokens",
        "init --prefix acme_pat",
        "--ledger [ROOT]/other/ledger.db init --prefix acme_pat --origin log.example/x --format json",
        "--ledger third.db init --prefix Acme",
        "--ledger third.db init --origin 'two words'",
    ]), @r#"
    $ patrol init --prefix acme_pat --origin log.example/tokens
    ! next: patrol issue --owner you@example.com --name laptop --scope repo:read
    created the ledger [ROOT]/home/.local/share/patrol/ledger.db
      prefix  acme_pat
      origin  log.example/tokens
      key     [ROOT]/home/.local/share/patrol/ledger.db.key (keep it, apart from the ledger: the log is signed with it)
      public  log.example/tokens+[KEY] (the log's verifier key, for auditors; `patrol audit key` prints it)

    $ patrol init --prefix acme_pat
    ! error: [ROOT]/home/.local/share/patrol/ledger.db exists already; nothing is ever written over it
    ! hint: go on with this ledger, or name another place with --ledger PATH
    = 4

    $ patrol --ledger [ROOT]/other/ledger.db init --prefix acme_pat --origin log.example/x --format json
    {
      "ledger": "[ROOT]/other/ledger.db",
      "prefix": "acme_pat",
      "origin": "log.example/x",
      "position": 0,
      "verifier_key": "log.example/x+[KEY]"
    }

    $ patrol --ledger third.db init --prefix Acme
    ! error: invalid value 'Acme' for '--prefix <PREFIX>': a prefix begins with a lower-case letter
    !
    ! For more information, try '--help'.
    = 2

    $ patrol --ledger third.db init --origin 'two words'
    ! error: an origin is a URL without its scheme: printable ASCII without spaces and +, at most 255 bytes
    ! hint: write it like log.acme.example/tokens
    = 2
    "#);
}

#[test]
fn a_missing_ledger_says_how_to_make_one() {
    assert_snapshot!(World::empty().session(&[
        "list",
        "--ledger nowhere.db list --format json",
        "--ledger postgres://db/patrol list",
    ]), @r#"
    $ patrol list
    ! error: there is no ledger at [ROOT]/home/.local/share/patrol/ledger.db
    ! hint: create one with `patrol init`, or name another with --ledger or PATROL_LEDGER
    = 4

    $ patrol --ledger nowhere.db list --format json
    ! {
      "error": {
        "kind": "no_ledger",
        "message": "there is no ledger at nowhere.db",
        "hint": "create one with `patrol init`, or name another with --ledger or PATROL_LEDGER"
      }
    }
    = 4

    $ patrol --ledger postgres://db/patrol list
    ! error: patrol knows no ledgers at postgres:// addresses
    ! hint: this version keeps its ledger in a file: give --ledger a path
    = 3
    "#);
}

#[test]
fn policy_and_prefixes() {
    assert_snapshot!(World::new().session(&[
        "policy",
        "policy set default-expiry 30d",
        "policy set leak-response.ci:* suspend --format json",
        "policy show",
        "policy set leak-respons revoke",
        "policy set max-lifetime soon",
        "prefix add acme_ci",
        "prefix list --format json",
        "issue --owner a --name new -q",
    ]), @r#"
    $ patrol policy
    default-expiry  90d
    max-lifetime    none
    leak-response   revoke

    $ patrol policy set default-expiry 30d
    default-expiry  30d
    max-lifetime    none
    leak-response   revoke

    $ patrol policy set leak-response.ci:* suspend --format json
    {
      "policy": {
        "default_expiry": "30d",
        "max_lifetime": null,
        "leak_response": "revoke",
        "leak_response_by_scope": {
          "ci:*": "suspend"
        }
      }
    }

    $ patrol policy show
    default-expiry      30d
    max-lifetime        none
    leak-response       revoke
    leak-response.ci:*  suspend

    $ patrol policy set leak-respons revoke
    ! error: the policy has no member "leak-respons"; it has default-expiry, max-lifetime, leak-response, leak-response.SCOPE
    ! hint: see `patrol help policy`
    = 2

    $ patrol policy set max-lifetime soon
    ! error: max-lifetime takes a duration such as 365d, or none
    ! hint: see `patrol help policy`
    = 2

    $ patrol prefix add acme_ci
    acme_pat
    acme_ci  (new tokens get this one)

    $ patrol prefix list --format json
    {
      "prefixes": [
        "acme_pat",
        "acme_ci"
      ],
      "current": "acme_ci"
    }

    $ patrol issue --owner a --name new -q
    [TOKEN-1]
    "#);
}

#[test]
fn history_in_words_and_json() {
    assert_snapshot!(World::new().session(&[
        "-q issue --owner alice --name laptop --scope repo:read --format json",
        "history",
        "history [ID-1] --format json",
        "history --type token.nothing",
        "history --after 0 --limit 1 --format json",
        "history --since 2999-01-01",
    ]), @r#"
    $ patrol -q issue --owner alice --name laptop --scope repo:read --format json
    {
      "id": "[ID-1]",
      "prefix": "acme_pat",
      "owner": "alice",
      "name": "laptop",
      "description": null,
      "scopes": [
        "repo:read"
      ],
      "status": "active",
      "created_at": "[TIME]",
      "expires_at": "[TIME]",
      "suspended_at": null,
      "revoked_at": null,
      "revoked_reason": null,
      "rotated_from": null,
      "rotated_to": null,
      "last_used_at": null,
      "leaked_at": null,
      "digest": "[HASH]",
      "version": 1,
      "position": 1,
      "token": "[TOKEN-1]"
    }

    $ patrol history
         0  [TIME]  -                           ledger.opened         prefix acme_pat, origin log.example/test  by tester (cli)
         1  [TIME]  [ID-1]  token.issued          laptop of alice: repo:read, ends [TIME]  by tester (cli)

    $ patrol history [ID-1] --format json
    {
      "events": [
        {
          "position": 1,
          "id": "[ID-2]",
          "stream": "token:[ID-1]",
          "token_id": "[ID-1]",
          "version": 1,
          "type": "token.issued",
          "schema": 1,
          "recorded_at": "[TIME]",
          "actor": {
            "name": "tester",
            "via": "cli",
            "uid": [UID]
          },
          "cause": null,
          "data": {
            "description": null,
            "digest": "[HASH]",
            "expires_at": "[TIME]",
            "name": "laptop",
            "owner": "alice",
            "prefix": "acme_pat",
            "rotated_from": null,
            "scopes": [
              "repo:read"
            ]
          },
          "before": null,
          "after": {
            "created_at": "[TIME]",
            "digest": "[HASH]",
            "expires_at": "[TIME]",
            "name": "laptop",
            "owner": "alice",
            "prefix": "acme_pat",
            "scopes": [
              "repo:read"
            ],
            "sightings": 0,
            "status": "active"
          },
          "ended_at": null
        }
      ],
      "next": null
    }

    $ patrol history --type token.nothing
    ! error: invalid value 'token.nothing' for '--type <TYPE>': this is not a type of event: choose one of ledger.opened, ledger.policy_changed, ledger.prefix_added, ledger.scan_bypassed, ledger.map_committed, ledger.key_rotated, ledger.rollback_accepted, owner.forgotten, review.started, review.decided, review.closed, token.issued, token.imported, token.renamed, token.scoped, token.expiry_changed, token.rotated, token.suspended, token.resumed, token.leaked, token.revoked, token.expired
    !
    ! For more information, try '--help'.
    = 2

    $ patrol history --after 0 --limit 1 --format json
    {
      "events": [
        {
          "position": 1,
          "id": "[ID-2]",
          "stream": "token:[ID-1]",
          "token_id": "[ID-1]",
          "version": 1,
          "type": "token.issued",
          "schema": 1,
          "recorded_at": "[TIME]",
          "actor": {
            "name": "tester",
            "via": "cli",
            "uid": [UID]
          },
          "cause": null,
          "data": {
            "description": null,
            "digest": "[HASH]",
            "expires_at": "[TIME]",
            "name": "laptop",
            "owner": "alice",
            "prefix": "acme_pat",
            "rotated_from": null,
            "scopes": [
              "repo:read"
            ]
          },
          "before": null,
          "after": {
            "created_at": "[TIME]",
            "digest": "[HASH]",
            "expires_at": "[TIME]",
            "name": "laptop",
            "owner": "alice",
            "prefix": "acme_pat",
            "scopes": [
              "repo:read"
            ],
            "sightings": 0,
            "status": "active"
          },
          "ended_at": null
        }
      ],
      "next": null
    }

    $ patrol history --since 2999-01-01
    ! no events fit
    "#);
}

#[test]
fn imports_come_in_whole_or_not_at_all() {
    let world = World::new();
    let digest = "ab".repeat(32);
    let line = |digest: &str, name: &str| {
        format!(
            r#"{{"digest":"{digest}","owner":"alice","name":"{name}","scopes":["repo:read"],"expires_at":null,"format":{{"prefix":"old-","pattern":"[a-z]{{8}}"}}}}"#
        )
    };
    world.write(
        "good.jsonl",
        format!("{}\n\n{}\n", line(&digest, "a"), line(&"cd".repeat(32), "b")),
    );
    world
        .write("twice.jsonl", format!("{}\n{}\n", line(&"ef".repeat(32), "a"), line(&digest, "b")));
    world.write("bad.jsonl", format!("{}\n{{\"owner\":\"x\"}}\n", line(&"01".repeat(32), "a")));
    assert_snapshot!(world.session(&[
        "import good.jsonl --format json",
        "import good.jsonl",
        "import twice.jsonl",
        "import bad.jsonl",
        "import absent.jsonl",
        "list",
    ]), @r#"
    $ patrol import good.jsonl --format json
    {
      "imported": 2
    }

    $ patrol import good.jsonl
    ! error: already known: line 1, 3
    ! hint: nothing was imported; take these lines out and import the rest
    = 1

    $ patrol import twice.jsonl
    ! error: already known: line 2
    ! hint: nothing was imported; take these lines out and import the rest
    = 1

    $ patrol import bad.jsonl
    ! error: line 2: not an import line: missing field `digest` (column 13)
    ! hint: nothing was imported; see `patrol help import`
    = 1

    $ patrol import absent.jsonl
    ! error: absent.jsonl: no such file or directory
    ! hint: check the path
    = 4

    $ patrol list
    ID                          OWNER  NAME  STATUS  ENDS  SCOPES
    [ID-1]  alice  a     active  never  repo:read
    [ID-2]  alice  b     active  never  repo:read
    "#);
}

#[test]
fn imported_tokens_are_verified_by_their_shape() {
    let world = World::new();
    // SHA-256 of "old-abcdefgh".
    let digest = "61d1f9a2a372871dfeeafaa79f37c3b5d934ea5959e184ec82998818ca653141";
    let line = format!(
        r#"{{"digest":"{digest}","owner":"alice","name":"x","scopes":[],"expires_at":null,"format":{{"prefix":"old-","pattern":"[a-z]{{8}}"}}}}"#
    );
    assert_eq!(world.feed(line, &["import", "-"]).stdout, "imported 1 token\n");
    assert_snapshot!(world.session(&[
        "old-abcdefgh | verify",
        "old-abcdefgi | verify",
        "old-ABCDEFGH | verify",
        "old-abcdefgh | revoke - --format json",
    ]), @r#"
    $ old-abcdefgh | patrol verify
    active  x of alice, never ends

    $ old-abcdefgi | patrol verify
    inactive  unknown
    = 1

    $ old-ABCDEFGH | patrol verify
    inactive  malformed
    = 1

    $ old-abcdefgh | patrol revoke - --format json
    {
      "revoked": [
        "[ID-1]"
      ],
      "already": [],
      "unknown": [],
      "position": 2
    }
    "#);
}

#[test]
fn check_rebuild_backup_sweep() {
    let world = World::new();
    world.issue(&[]);
    assert_snapshot!(world.session(&[
        "check",
        "check --format json",
        "rebuild",
        "rebuild --format json",
        "backup copy.db",
        "backup copy.db",
        "backup [ROOT]/copy2.db --format json",
        "--ledger copy.db check",
        "sweep",
        "sweep --format json",
    ]), @r#"
    $ patrol check
    sound  2 events
    root  [HASH]

    $ patrol check --format json
    {
      "sound": true,
      "events": 2,
      "root": "[HASH]",
      "first_bad_position": null,
      "problems": []
    }

    $ patrol rebuild
    rebuilt from 2 events

    $ patrol rebuild --format json
    {
      "events": 2
    }

    $ patrol backup copy.db
    copied up to position 1 to copy.db

    $ patrol backup copy.db
    ! error: copy.db exists already; nothing is ever written over it
    ! hint: choose another name
    = 4

    $ patrol backup [ROOT]/copy2.db --format json
    {
      "position": 1
    }

    $ patrol --ledger copy.db check
    sound  2 events
    root  [HASH]

    $ patrol sweep
    ! there is no end that is not recorded already

    $ patrol sweep --format json
    {
      "expired": [],
      "revoked": []
    }
    "#);
}

#[test]
fn a_leaked_and_suspended_token_resumes_in_words_only() {
    let world = World::new();
    let (id, token) = world.issue(&["--scope", "ci:run"]);
    world.run(&["policy", "set", "leak-response", "suspend"]);
    world.write("leak.txt", &token);
    assert_eq!(world.run(&["scan", "--revoke"]).code, 1);
    world.scrub(&id);
    assert_snapshot!(world.session(&[
        "resume [ID-1]",
        "resume [ID-1] --accept-leak 'private repository'",
        "history [ID-1]",
    ]), @r"
    $ patrol resume [ID-1]
    ! error: token [ID-1] leaked at [TIME]; resuming it needs the risk to be accepted in words
    ! hint: rotate it, or say why the leak does no harm: `patrol resume [ID-1] --accept-leak WHY`
    = 1

    $ patrol resume [ID-1] --accept-leak 'private repository'
    resumed [ID-1]  laptop
      owner         alice
      status        active
      scopes        ci:run
      created       [TIME] ([AGO])
      expires       [TIME] (in 90 days)
      leaked        [TIME] ([AGO]), seen in 1 place; the risk was accepted
      digest        [HASH]

    $ patrol history [ID-1]
         1  [TIME]  [ID-1]  token.issued          laptop of alice: ci:run, ends [TIME]  by tester (cli)
         3  [TIME]  [ID-1]  token.leaked          in leak.txt:1:1  by tester (cli)
         4  [TIME]  [ID-1]  token.suspended       leaked  by tester (cli)
         5  [TIME]  [ID-1]  token.resumed         leak accepted: private repository  by tester (cli)
    ");
}
