//! What is offered to CI: the scripts in `action.yml` and in the template for GitLab are taken out of
//! the files and run by the shell that would run them, on a real repository with the real program.

use std::path::{Path, PathBuf};

use crate::world::{Ran, Token, World, finish, no_secret, program};

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The script in a file whose first line is this comment.
fn script(text: &str, mark: &str) -> String {
    let begin = text.lines().position(|line| line.trim() == mark).unwrap();
    let indent = text.lines().nth(begin).unwrap().len() - mark.len();
    let inside =
        |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() >= indent;
    let lines = text.lines().skip(begin).take_while(inside);
    lines.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect()
}

struct Runner {
    world: World,
    /// What the action tells later steps.
    output: PathBuf,
}

impl Runner {
    fn new() -> Self {
        let world = World::new();
        let output = world.root().join("output");
        Self { world, output }
    }

    /// Runs the action's search.
    fn act(&self, vars: &[(&str, &str)]) -> (Ran, String) {
        std::fs::remove_file(&self.output).ok();
        let mut command = self.world.command("bash", &self.world.repo);
        command
            // As GitHub starts it: what fails ends the step unless it is asked how it ended.
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c"])
            .arg(script(&file("action.yml"), "# scan"))
            .env("BINARY", program())
            .env("GITHUB_OUTPUT", &self.output)
            .env("GITHUB_STEP_SUMMARY", self.world.root().join("summary"))
            .env("HEAD", self.world.head())
            .envs([("WHAT", "range"), ("FAIL_ON", "unknown"), ("MORE", ""), ("SARIF", "p.sarif")])
            .envs([("BEFORE", ""), ("BASE", ""), ("ROOT", "/nowhere")])
            .envs(vars.iter().copied());
        let ran = finish(&mut command, b"");
        (ran, std::fs::read_to_string(&self.output).unwrap_or_default())
    }

    fn commit(&self, path: &str, content: &str) -> String {
        let before = self.world.head();
        self.world.write(path, content);
        self.world.git(&["add", path]).ok();
        self.world.git(&["commit", "-q", "-m", "x"]).ok();
        before
    }

    fn sarif(&self) -> serde_json::Value {
        let text = std::fs::read_to_string(self.world.repo.join("p.sarif")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn leaked(&self) -> (Token, String) {
        let token = self.world.issue();
        let before = self.commit("deploy/key", &format!("x\n{}\n", token.text));
        (token, before)
    }
}

#[test]
fn the_action_searches_what_was_pushed() {
    let runner = Runner::new();
    let before = runner.commit("a", "clean\n");
    let (ran, output) = runner.act(&[("BEFORE", &before)]);
    assert_eq!(
        (ran.code, output.as_str()),
        (0, "outcome=clean\nexit-code=0\nsarif=p.sarif\n"),
        "{ran:?}"
    );
    let (token, before) = runner.leaked();
    let (ran, output) = runner.act(&[("BEFORE", &before)]);
    assert_eq!(
        (ran.code, output.as_str()),
        (1, "outcome=found\nexit-code=1\nsarif=p.sarif\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("::error") && ran.stdout.contains("file=deploy/key,line=2"),
        "{ran:?}"
    );
    let results = runner.sarif()["runs"][0]["results"].as_array().unwrap().len();
    assert_eq!(results, 1);
    no_secret(&format!("{}{}", ran.all(), runner.sarif()), &[&token]);
    let summary = std::fs::read_to_string(runner.world.root().join("summary")).unwrap();
    assert!(summary.ends_with("patrol: **found** (exit code 1)\n"));
    // A pull request says where it begins, and that counts.
    let first = runner.world.git(&["rev-list", "--max-parents=0", "HEAD"]).ok().stdout;
    let now = runner.world.head();
    assert_eq!(runner.act(&[("BASE", &now), ("BEFORE", first.trim())]).0.code, 0);
    // A new branch, and one whose old end was rewritten away: everything is searched.
    for lost in ["", &"0".repeat(40), &"d".repeat(40)] {
        let (ran, _) = runner.act(&[("BEFORE", lost)]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stdout.contains("::notice::there is no commit to begin from"), "{ran:?}");
    }
}

#[test]
fn the_action_takes_its_inputs_as_they_are() {
    let runner = Runner::new();
    let (token, _) = runner.leaked();
    for what in ["files", "history"] {
        assert_eq!(runner.act(&[("WHAT", what)]).0.code, 1);
    }
    runner.world.revoke(&token);
    let (ran, output) = runner.act(&[("WHAT", "files"), ("SARIF", "")]);
    assert_eq!((ran.code, output.as_str()), (0, "outcome=clean\nexit-code=0\nsarif=\n"), "{ran:?}");
    assert_eq!(runner.act(&[("WHAT", "files"), ("FAIL_ON", "any")]).0.code, 1);
    let more = "--no-ledger\n--prefix\nacme_pat\n";
    assert_eq!(runner.act(&[("WHAT", "files"), ("MORE", more)]).0.code, 1);
    let hostile = "$(touch pwned)`touch pwned`; touch pwned";
    for name in ["WHAT", "FAIL_ON", "MORE", "SARIF", "BEFORE", "BASE"] {
        let (ran, _) = runner.act(&[(name, hostile)]);
        assert!(!runner.world.repo.join("pwned").exists(), "{name}: {ran:?}");
    }
    let (ran, output) = runner.act(&[("FAIL_ON", "nonsense")]);
    assert_eq!((ran.code, output.lines().next()), (2, Some("outcome=failed")), "{ran:?}");
    // No input is put into the text of a script.
    let action = file("action.yml");
    for mark in ["# scan", "# build"] {
        assert!(!script(&action, mark).contains("${{"));
    }
    assert_eq!(action.matches("run: |").count(), 2);
}

#[test]
fn gitlab_gets_its_reports_and_then_its_gate() {
    let runner = Runner::new();
    let world = &runner.world;
    let template = file("templates/gitlab-ci.yml");
    let path = |command: &mut std::process::Command| {
        let bin = world.root().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        drop(std::os::unix::fs::symlink(program(), bin.join("patrol")));
        let theirs = command.get_envs().find(|(name, _)| *name == "PATH").unwrap().1.unwrap();
        let path = format!("{}:{}", bin.display(), theirs.to_str().unwrap());
        command.env("PATH", path);
    };
    let run = |mark: &str, vars: &[(&str, &str)]| {
        let mut command = world.command("sh", &world.repo);
        path(&mut command);
        let text = script(&template, mark);
        finish(
            command
                .args(["-e", "-c", &text])
                .env("PATROL_FAIL_ON", "unknown")
                .envs(vars.iter().copied()),
            b"",
        )
    };
    let job = |vars: &[(&str, &str)]| {
        run("# scan", vars).ok();
        let said = std::fs::read_to_string(world.repo.join("patrol.env")).unwrap();
        let code = said.trim().strip_prefix("PATROL_EXIT_CODE=").unwrap().to_owned();
        (run("# gate", &[("PATROL_EXIT_CODE", &code)]).code, code)
    };
    let found = || {
        let text = std::fs::read_to_string(world.repo.join("gl-secret-detection-report.json"));
        let report: serde_json::Value = serde_json::from_str(&text.unwrap()).unwrap();
        report["vulnerabilities"].as_array().unwrap().len()
    };
    assert_eq!((job(&[]), found()), ((0, "0".to_owned()), 0));
    let (token, _) = runner.leaked();
    assert_eq!((job(&[]), found()), ((1, "1".to_owned()), 1));
    let junit = std::fs::read_to_string(world.repo.join("patrol-junit.xml")).unwrap();
    assert!(junit.contains("<failure"), "{junit}");
    no_secret(&junit, &[&token]);
    // A file that is gone is in the history.
    runner.commit("deploy/key", "gone\n");
    assert_eq!(job(&[]).0, 0);
    assert_eq!(job(&[("SECRET_DETECTION_HISTORIC_SCAN", "true")]).0, 1);
    runner.commit("deploy/key", &token.text);
    assert_eq!(job(&[("SECRET_DETECTION_EXCLUDED_PATHS", "docs,deploy")]).0, 0);
    // What has no report fails at once; a gate that was told nothing does not open.
    assert_eq!(run("# scan", &[("PATROL_FAIL_ON", "nonsense")]).code, 2);
    assert_eq!(run("# gate", &[]).code, 4);
}

#[test]
fn the_files_are_yaml() {
    let world = World::without_ledger();
    let python = |code: &str| finish(world.command("python3", &world.repo).args(["-c", code]), b"");
    if python("import yaml").code != 0 {
        eprintln!("LEFT OUT: there is no python3 with yaml here");
        return;
    }
    for name in ["action.yml", "templates/gitlab-ci.yml", ".pre-commit-hooks.yaml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        python(&format!("import yaml; yaml.safe_load(open({path:?}))")).ok();
    }
}
