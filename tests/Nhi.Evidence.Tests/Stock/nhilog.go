// Command nhilog checks an exported evidence container with Go's own transparency-log packages and nothing of NhiFunctions:
//
//	GO111MODULE=off go run nhilog.go -key log-1.pub.pem [-tiles DIR] CONTAINER-FOLDER
//
// It checks the signature of every batch, builds the RFC 6962 tree from the records that the batches list, opens every checkpoint with
// golang.org/x/mod/sumdb/note, compares its root, and proves a spread of records and of checkpoint pairs with golang.org/x/mod/sumdb/tlog.
// It wants a log of one key. Exit 0: all of it verified; 1: something did not, and is named; 2: it was called wrongly.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	keyFile := flag.String("key", "", "the log's public key, PEM")
	tiles := flag.String("tiles", "", "folder of the tiles, to prove from them as well")
	flag.Parse()
	if flag.NArg() != 1 || *keyFile == "" {
		flag.Usage()
		os.Exit(2)
	}
	l := &log{dir: flag.Arg(0), key: readKey(*keyFile)}
	l.readBatches()
	l.readCheckpoints()
	l.prove(hashReader(l.hashes), "the records")
	if *tiles != "" {
		last := l.checkpoints[len(l.checkpoints)-1]
		l.prove(tlog.TileHashReader(tlog.Tree{N: last.size, Hash: last.root}, &tileFolder{dir: *tiles}), "the tiles")
	}
	fmt.Printf("%d records in %d batches, %d checkpoints, %d inclusion proofs, %d consistency proofs: OK\n", l.size, l.batches, len(l.checkpoints), l.inclusions, l.consistencies)
}

type checkpoint struct {
	name string
	size int64
	root tlog.Hash
}

type log struct {
	dir                       string
	origin                    string
	key                       *ecdsa.PublicKey
	hashes                    []tlog.Hash
	leaves                    []tlog.Hash
	size                      int64
	batches                   int
	checkpoints               []checkpoint
	inclusions, consistencies int
}

// readBatches checks each batch and each record that it lists, in the order of the batches' numbers.
func (l *log) readBatches() {
	names, _ := filepath.Glob(filepath.Join(l.dir, "log", "*", "*.batch.txt"))
	sort.Strings(names)
	for n, name := range names {
		text, err := os.ReadFile(name)
		check(err)
		if want := fmt.Sprintf("%09d.batch.txt", n); filepath.Base(name) != want {
			fail("%s: expected %s here, a batch is missing", name, want)
		}
		signed, signature := splitBatch(name, text)
		if !verify(l.key, append([]byte("nhi-batch/1\n"), signed...), signature) {
			fail("%s: the log key did not sign it", name)
		}
		l.readBatch(name, signed)
	}
	l.batches = len(names)
}

func (l *log) readBatch(name string, signed []byte) {
	for _, line := range strings.Split(strings.TrimSuffix(string(signed), "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "# log "):
			l.origin = line[len("# log "):]
		case strings.HasPrefix(line, "# first "):
			if line != fmt.Sprintf("# first %d", l.size) {
				fail("%s: says '%s', but %d records were before it", name, line, l.size)
			}
		case strings.HasPrefix(line, "#"):
		default:
			l.readRecord(name, line)
		}
	}
}

func (l *log) readRecord(batch, line string) {
	sum, path, ok := strings.Cut(line, "  ")
	if !ok || strings.Contains(path, "..") {
		fail("%s: no line of a batch: %q", batch, line)
	}
	data, err := os.ReadFile(filepath.Join(l.dir, filepath.FromSlash(path)))
	check(err)
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
		fail("%s: is not what %s lists", path, batch)
	}
	stored, err := tlog.StoredHashes(l.size, data, hashReader(l.hashes))
	check(err)
	l.hashes = append(l.hashes, stored...)
	l.leaves = append(l.leaves, tlog.RecordHash(data))
	l.size++
}

// readCheckpoints opens each checkpoint with the note package and compares its root with the tree of as many records.
func (l *log) readCheckpoints() {
	names, _ := filepath.Glob(filepath.Join(l.dir, "log", "*", "*.checkpoint.txt"))
	sort.Strings(names)
	verifiers := note.VerifierList(&verifier{l.origin, l.key})
	for _, name := range names {
		text, err := os.ReadFile(name)
		check(err)
		opened, err := note.Open(text, verifiers)
		if err != nil {
			fail("%s: %v", name, err)
		}
		lines := strings.Split(opened.Text, "\n")
		if len(lines) < 4 || lines[0] != l.origin {
			fail("%s: is no checkpoint of %s", name, l.origin)
		}
		number, _, _ := strings.Cut(filepath.Base(name), ".")
		if n, _ := strconv.Atoi(number); lines[3] != fmt.Sprintf("batch %d", n) {
			fail("%s: speaks of '%s'", name, lines[3])
		}
		size, err := strconv.ParseInt(lines[1], 10, 64)
		check(err)
		root, err := base64.StdEncoding.DecodeString(lines[2])
		check(err)
		if size > l.size {
			fail("%s: vouches for %d records, and %d are here", name, size, l.size)
		}
		tree, err := tlog.TreeHash(size, hashReader(l.hashes))
		check(err)
		if !bytes.Equal(tree[:], root) {
			fail("%s: its root is not that of the records", name)
		}
		l.checkpoints = append(l.checkpoints, checkpoint{name, size, tree})
	}
	if len(l.checkpoints) == 0 {
		fail("%s: no checkpoint", l.dir)
	}
}

// prove makes and checks inclusion proofs for a spread of records, and consistency proofs from each of a spread of checkpoints to the newest.
func (l *log) prove(hashes tlog.HashReader, from string) {
	last := l.checkpoints[len(l.checkpoints)-1]
	for i := int64(0); i < last.size; i += 1 + last.size/64 {
		proof, err := tlog.ProveRecord(last.size, i, hashes)
		if err == nil {
			err = tlog.CheckRecord(proof, last.size, last.root, i, l.leaves[i])
		}
		if err != nil {
			fail("record %d from %s: %v", i, from, err)
		}
		l.inclusions++
	}
	for i := 0; i < len(l.checkpoints); i += 1 + len(l.checkpoints)/64 {
		first := l.checkpoints[i]
		if first.size == 0 {
			continue
		}
		proof, err := tlog.ProveTree(last.size, first.size, hashes)
		if err == nil {
			err = tlog.CheckTree(proof, last.size, last.root, first.size, first.root)
		}
		if err != nil {
			fail("%s to %s from %s: %v", first.name, last.name, from, err)
		}
		l.consistencies++
	}
}

// verifier is what the note package lacks: ECDSA P-256, signature type 0x02, with the first four bytes of SHA-256 over the key as its id.
type verifier struct {
	name string
	key  *ecdsa.PublicKey
}

func (v *verifier) Name() string { return v.name }

func (v *verifier) KeyHash() uint32 {
	spki, err := x509.MarshalPKIXPublicKey(v.key)
	check(err)
	sum := sha256.Sum256(spki)
	return binary.BigEndian.Uint32(sum[:4])
}

func (v *verifier) Verify(msg, sig []byte) bool {
	digest := sha256.Sum256(msg)
	return ecdsa.VerifyASN1(v.key, digest[:], sig)
}

// splitBatch cuts the last line off: "# sig KEYID BASE64", r and s of 32 bytes each.
func splitBatch(name string, text []byte) (signed, signature []byte) {
	cut := bytes.LastIndex(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) + 1
	fields := strings.Fields(string(text[cut:]))
	if len(fields) != 4 || fields[0] != "#" || fields[1] != "sig" {
		fail("%s: no signature in its last line", name)
	}
	signature, err := base64.StdEncoding.DecodeString(fields[3])
	if err != nil || len(signature) != 64 {
		fail("%s: no signature of 64 bytes in its last line", name)
	}
	return text[:cut], signature
}

func verify(key *ecdsa.PublicKey, text, signature []byte) bool {
	digest := sha256.Sum256(text)
	return ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

func readKey(file string) *ecdsa.PublicKey {
	text, err := os.ReadFile(file)
	check(err)
	block, _ := pem.Decode(text)
	if block == nil {
		fail("%s: no PEM", file)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	check(err)
	p256, ok := key.(*ecdsa.PublicKey)
	if !ok {
		fail("%s: no EC key", file)
	}
	return p256
}

type hashReader []tlog.Hash

func (h hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, fmt.Errorf("hash %d of %d", index, len(h))
		}
		read[i] = h[index]
	}
	return read, nil
}

// tileFolder reads C2SP tiles: their names are Go's without the height.
type tileFolder struct{ dir string }

func (t *tileFolder) Height() int { return 8 }

func (t *tileFolder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(t.dir, filepath.FromSlash(strings.Replace(tile.Path(), "tile/8/", "tile/", 1))))
		if err != nil {
			return nil, err
		}
		read[i] = data
	}
	return read, nil
}

func (t *tileFolder) SaveTiles([]tlog.Tile, [][]byte) {}

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "nhilog: "+format+"\n", args...)
	os.Exit(1)
}
