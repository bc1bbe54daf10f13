"""Every place of a git repository in which a token is planted, by real git."""

import os
import subprocess

ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


class Repository:
    def __init__(self, path, **options):
        self.path = path
        os.makedirs(path, exist_ok=True)
        self.git("init", "-q", "-b", "main", *[f"--{k}={v}" for k, v in options.items()])

    def git(self, *args, data=None, **env):
        ran = subprocess.run(
            ["git", *args],
            cwd=self.path,
            env=ENV | env,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=False,
        )
        if ran.returncode:
            raise SystemExit(f"git {args[0]} failed: {ran.stderr.decode(errors='replace')}")
        return ran.stdout.decode(errors="replace").strip()

    def write(self, name, data):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)

    def commit(self, message, *names, **env):
        for name in names:
            self.git("add", "-f", "--", name)
        self.git("commit", "-q", "--allow-empty", "-m", message, **env)
        return self.git("rev-parse", "HEAD")

    def file(self, name, text):
        self.write(name, text.encode())
        return self.commit(f"Add {name}", name)


def plant(root, next_token):
    """Plants a token in each place; `next_token(row)` mints one and notes it as the truth."""
    repo = Repository(root)
    repo.file("README", "a repository\n")
    first = repo.git("rev-parse", "HEAD")

    repo.file("kept.txt", next_token("file of a commit"))
    repo.file("gone.txt", next_token("file that a later commit removes"))
    repo.git("rm", "-q", "gone.txt")
    repo.commit("Remove it")
    repo.file("deep/er/x.txt", next_token("file in a directory"))
    name = f"{next_token('file name in history')}.txt"
    repo.file(name, "nothing\n")
    repo.git("rm", "-q", name)
    repo.commit("Remove the name")
    name = next_token("directory name in history")
    repo.file(f"{name}/x.txt", "nothing\n")
    repo.write(".gitattributes", b"*.dat -diff\n")
    repo.write("x.dat", next_token("file with -diff").encode())
    repo.commit("Add data", ".gitattributes", "x.dat")
    os.symlink(f"/nowhere/{next_token('symbolic link in history')}", os.path.join(root, "link"))
    repo.commit("Add a link", "link")
    repo.file("crlf.txt", f"a\r\n{next_token('CRLF in history')}\r\n")
    repo.write("wide.txt", ("a\n" + next_token("UTF-16 in history")).encode("utf-16"))
    repo.commit("Add wide text", "wide.txt")

    repo.commit(f"Say {next_token('commit message')}")
    repo.commit("By", GIT_AUTHOR_NAME=next_token("author name"))
    repo.commit("By mail", GIT_AUTHOR_EMAIL=f"{next_token('author email')}@example.org")
    repo.commit("For", GIT_COMMITTER_NAME=next_token("committer name"))
    extra_header(repo, next_token)

    # A merge whose content neither parent has.
    repo.git("checkout", "-q", "-b", "side")
    repo.file("side.txt", "side\n")
    repo.git("checkout", "-q", "main")
    repo.file("main.txt", "main\n")
    repo.git("merge", "-q", "--no-commit", "side")
    repo.write("merge.txt", next_token("content of a merge only").encode())
    repo.commit("Merge", "merge.txt")

    repo.git("tag", "-a", "-m", next_token("tag message"), "v1")
    repo.git("tag", "-a", "-m", "x", "v2", GIT_COMMITTER_NAME=next_token("tagger name"))
    repo.git("tag", f"v-{next_token('tag name')}")
    repo.git("branch", f"b-{next_token('branch name')}")
    blob = repo.git("hash-object", "-w", "--stdin", data=next_token("blob that a tag names").encode())
    repo.git("tag", "a-blob", blob)
    repo.git("notes", "add", "-m", next_token("note"), first)

    # Dropped and half-done work.
    repo.write("README", f"work {next_token('newest stash')}\n".encode())
    repo.git("stash", "-q")
    repo.write("README", f"work {next_token('stash over an older one')}\n".encode())
    repo.git("stash", "-q")
    repo.write("index.txt", next_token("index only").encode())
    repo.git("add", "index.txt")
    repo.write("once.txt", next_token("staged once and dropped").encode())
    repo.git("add", "once.txt")
    repo.git("rm", "-q", "--cached", "-f", "once.txt")
    os.remove(os.path.join(root, "once.txt"))
    os.remove(os.path.join(root, "index.txt"))
    dangling(repo, next_token)
    replaced(repo, next_token)
    linked(repo, root + "-linked", next_token)
    repo.git("pack-refs", "--all")
    repo.git("branch", f"loose-{next_token('branch name beside packed refs')}")
    big_file(repo, next_token)
    # Deltas: versions of one file, the token in one of them only.
    lines = [f"line {n} of a file with many versions\n" for n in range(400)]
    for version in range(12):
        lines[version * 30] = f"version {version}\n"
        if version == 6:
            lines[200] = next_token("one version among many, packed") + "\n"
        if version == 7:
            lines[200] = "nothing\n"
        repo.file("versions.txt", "".join(lines))
    repo.git("repack", "-q", "-a", "-d", "--keep-unreachable", "--depth=50", "--window=50")
    repo.file("after.txt", next_token("loose object beside a pack"))
    return repo


def extra_header(repo, next_token):
    body = repo.git("cat-file", "commit", "HEAD")
    head, _, rest = body.partition("\n\n")
    body = f"{head}\nx-note {next_token('extra header of a commit')}\n\n{rest}\n"
    commit = repo.git("hash-object", "-t", "commit", "-w", "--stdin", data=body.encode())
    repo.git("update-ref", "refs/heads/extra", commit)


def dangling(repo, next_token):
    repo.git("checkout", "-q", "--detach", "main")
    repo.file("dangling.txt", next_token("commit that no ref names"))
    repo.git("checkout", "-q", "main")
    repo.git("checkout", "-q", "-b", "amended")
    repo.file("amended.txt", next_token("commit that was amended away"))
    repo.write("amended.txt", b"clean\n")
    repo.git("add", "amended.txt")
    repo.git("commit", "-q", "--amend", "-m", "Clean")
    repo.git("update-ref", "-m", f"said {next_token('reflog message')}", "refs/heads/amended", "main")
    repo.git("checkout", "-q", "main")


def replaced(repo, next_token):
    token = next_token("object behind a replacement")
    blob = repo.git("hash-object", "-w", "--stdin", data=token.encode())
    clean = repo.git("hash-object", "-w", "--stdin", data=b"clean\n")
    repo.git("replace", blob, clean)


def linked(repo, path, next_token):
    repo.git("worktree", "add", "-q", "--detach", path, "main")
    with open(os.path.join(path, "there.txt"), "w") as out:
        out.write(next_token("HEAD of a linked work tree"))
    for args in [("add", "there.txt"), ("commit", "-q", "-m", "There")]:
        repo.git("-C", path, *args)


def big_file(repo, next_token):
    """A pointer to a large file whose content is here."""
    import hashlib

    content = f"large {next_token('content of an LFS pointer')}\n".encode()
    name = hashlib.sha256(content).hexdigest()
    repo.write(f".git/lfs/objects/{name[:2]}/{name[2:4]}/{name}", content)
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{name}\nsize {len(content)}\n"
    repo.file("large.bin", pointer)
