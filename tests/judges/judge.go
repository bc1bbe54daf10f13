// A judge that does not trust patrol: Go's own note and tlog packages (golang.org/x/mod/sumdb) over
// what patrol published or proved. Exit code 0: all holds; 1: it does not; 2: not a fair question.
//
//	judge log DIR VKEY                  a published folder, whole
//	judge proof FILE VKEY               a proof file that brings its entry
//	judge consistency FILE VKEY OLD     `old N`, hashes, checkpoint; against an older checkpoint
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	var err error
	switch arg := os.Args; {
	case len(arg) == 4 && arg[1] == "log":
		err = judgeLog(arg[2], arg[3])
	case len(arg) == 4 && arg[1] == "proof":
		err = judgeProof(arg[2], arg[3])
	case len(arg) == 5 && arg[1] == "consistency":
		err = judgeConsistency(arg[2], arg[3], arg[4])
	default:
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func openCheckpoint(msg []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(strings.TrimSpace(vkey))
	if err != nil {
		return tlog.Tree{}, err
	}
	n, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("not a size")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// Files of a published folder. Go names the height of tiles in their path; the published form,
// which has one height, does not.
type folder struct{ dir string }

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		path := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.dir, path))
		if err != nil {
			return nil, err
		}
		if len(data) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path, len(data))
		}
		all = append(all, data)
	}
	return all, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func judgeLog(dir, vkey string) error {
	msg, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(msg, vkey)
	if err != nil {
		return err
	}
	// Every tile that it hands on has been checked against the root.
	hashes := tlog.TileHashReader(tree, folder{dir})
	for i := int64(0); i < tree.N; {
		width := tree.N - i
		if width > 256 {
			width = 256
		}
		path := tlog.Tile{H: 8, L: -1, N: i / 256, W: int(width)}.Path()
		path = strings.Replace(path, "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		for end := i + width; i < end; i++ {
			if len(bundle) < 2 {
				return fmt.Errorf("%s ends early", path)
			}
			n := int(binary.BigEndian.Uint16(bundle))
			if len(bundle) < 2+n {
				return fmt.Errorf("%s ends within an entry", path)
			}
			leaf := tlog.RecordHash(bundle[2 : 2+n])
			bundle = bundle[2+n:]
			proof, err := tlog.ProveRecord(tree.N, i, hashes)
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, i, leaf); err != nil {
				return fmt.Errorf("entry %d: %v", i, err)
			}
		}
		if len(bundle) != 0 {
			return fmt.Errorf("%s goes on", path)
		}
	}
	return nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, h)
	}
	return hashes, nil
}

func judgeProof(file, vkey string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, msg, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof file")
	}
	tree, err := openCheckpoint(msg, vkey)
	if err != nil {
		return err
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines[3:])
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func judgeConsistency(file, vkey, oldFile string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	oldMsg, err := os.ReadFile(oldFile)
	if err != nil {
		return err
	}
	head, msg, _ := bytes.Cut(data, []byte("\n\n"))
	tree, err := openCheckpoint(msg, vkey)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(oldMsg, vkey)
	if err != nil {
		return err
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != fmt.Sprintf("old %d", old.N) {
		return errors.New("a proof from another size")
	}
	hashes, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	return tlog.CheckTree(hashes, tree.N, tree.Hash, old.N, old.Hash)
}
