// Command nhilog checks an exported evidence container with Go's own transparency-log packages and nothing of NhiFunctions:
//
//	GO111MODULE=off go run nhilog.go -key log-1.pub.pem [-key log-2.pub.pem ...] [-tiles DIR] CONTAINER-FOLDER
//
// It checks the signature of every batch, builds the RFC 6962 tree from the records that the batches list, opens every checkpoint with
// golang.org/x/mod/sumdb/note, compares its root, and proves a spread of records and of checkpoint pairs with golang.org/x/mod/sumdb/tlog.
// A log whose key was changed wants each of its keys. Files at names of batches and checkpoints that are none count for nothing: they are said, and passed over.
// Exit 0: all of it verified; 1: something did not, and is named; 2: it was called wrongly.
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
	"regexp"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	l := &log{}
	flag.Func("key", "a public key of the log, PEM; once for each that it had", func(file string) error {
		l.trusted = append(l.trusted, readKey(file))
		return nil
	})
	tiles := flag.String("tiles", "", "folder of the tiles, to prove from them as well")
	flag.Parse()
	if flag.NArg() != 1 || len(l.trusted) == 0 {
		flag.Usage()
		os.Exit(2)
	}
	l.dir = flag.Arg(0)
	l.readBatches()
	l.readCheckpoints()
	l.prove(hashReader(l.hashes), "the records")
	if *tiles != "" {
		last := l.checkpoints[len(l.checkpoints)-1]
		l.prove(tlog.TileHashReader(tlog.Tree{N: last.size, Hash: last.root}, &tileFolder{dir: *tiles}), "the tiles")
	}
	fmt.Printf("%d records in %d batches, %d checkpoints, %d inclusion proofs, %d consistency proofs: OK\n", l.size, len(l.batches), len(l.checkpoints), l.inclusions, l.consistencies)
}

type checkpoint struct {
	name string
	size int64
	root tlog.Hash
}

// logKey counts for batches and checkpoints from one number to another, as the batches say.
type logKey struct {
	*ecdsa.PublicKey
	from, until int
}

const (
	mostBytes       = 4 << 20
	mostLines       = 8192
	formerKeyCounts = 1440
	forever         = 1 << 30
)

type log struct {
	dir                       string
	origin                    string
	trusted                   []*ecdsa.PublicKey
	keys                      []logKey
	closed                    bool
	hashes                    []tlog.Hash
	leaves                    []tlog.Hash
	size                      int64
	batches                   []int
	checkpoints               []checkpoint
	inclusions, consistencies int
}

// readBatches checks each batch and each record that it lists, in the order of the batches' numbers.
func (l *log) readBatches() {
	names, _ := filepath.Glob(filepath.Join(l.dir, "log", "*", "*.batch.txt"))
	sort.Strings(names)
	for n, name := range names {
		if want := fmt.Sprintf("%09d.batch.txt", n); filepath.Base(name) != want {
			fail("%s: expected %s here, a batch is missing", name, want)
		}
		text, err := os.ReadFile(name)
		check(err)
		b, void := l.judge(n, text)
		if void != "" {
			say("%s: counts for nothing, %s", name, void)
			continue
		}
		l.take(n, name, b)
	}
	if l.origin == "" {
		fail("%s: no batch that a key given with -key signed", l.dir)
	}
}

type batch struct {
	origin, nextKey string
	closes          bool
	entries         []entry
	signer          int
}

type entry struct{ leaf, sum, path string }

var listable = regexp.MustCompile(`^records/[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{2}/[A-Za-z0-9._~-]{1,200}\.json$`)

// judge says what a file says as batch n, or why it is void: that depends on its bytes, its name and the batches before it alone.
func (l *log) judge(n int, text []byte) (b batch, void string) {
	if len(text) > mostBytes || bytes.Count(text, []byte("\n")) > mostLines {
		return b, "it is too long"
	}
	if l.closed {
		return b, "the log was closed before"
	}
	signed, signature := splitBatch(text)
	if signature == nil {
		return b, "no signature in its last line"
	}
	if b.signer = l.signer(n, append([]byte("nhi-batch/1\n"), signed...), signature); b.signer < 0 {
		return b, "the log key did not sign it"
	}
	lines := strings.Split(strings.TrimSuffix(string(signed), "\n"), "\n")
	value := func(name string) (found string, ok bool) {
		if len(lines) > 0 && strings.HasPrefix(lines[0], name) {
			found, ok, lines = lines[0][len(name):], true, lines[1:]
		}
		return
	}
	var count string
	for _, head := range []struct{ name, want string }{{"# log ", l.origin}, {"# batch ", strconv.Itoa(n)}, {"# first ", strconv.FormatInt(l.size, 10)}, {"# count ", ""}} {
		found, ok := value(head.name)
		if !ok || (head.want != "" && found != head.want) {
			return b, fmt.Sprintf("it does not say '%s%s'", head.name, head.want)
		}
		switch head.name {
		case "# log ":
			b.origin = found
		case "# count ":
			count = found
		}
	}
	b.nextKey, _ = value("# key ")
	_, b.closes = value("# close")
	for ; len(lines) > 1; lines = lines[2:] {
		sum, path, ok := strings.Cut(lines[1], "  ")
		if !strings.HasPrefix(lines[0], "# leaf ") || !ok || !listable.MatchString(path) {
			return b, fmt.Sprintf("no line of a batch: %q", lines[1])
		}
		b.entries = append(b.entries, entry{lines[0][len("# leaf "):], sum, path})
	}
	if len(lines) > 0 || count != strconv.Itoa(len(b.entries)) {
		return b, "it does not list as many records as it says"
	}
	if b.nextKey != "" && b.signer != len(l.keys)-1 && len(l.keys) > 0 {
		return b, "a former key names a new one"
	}
	return b, ""
}

// signer is the key that signed, among those that count at batch n; before the log has begun, among all that were given. -1: none of them.
func (l *log) signer(n int, text, signature []byte) int {
	if len(l.keys) == 0 {
		for i, key := range l.trusted {
			if verify(key, text, signature) {
				return i
			}
		}
	}
	for i, key := range l.keys {
		if key.from <= n && n <= key.until && verify(key.PublicKey, text, signature) {
			return i
		}
	}
	return -1
}

func (l *log) take(n int, name string, b batch) {
	if len(l.keys) == 0 {
		l.origin, l.keys = b.origin, []logKey{{l.trusted[b.signer], 0, forever}}
	}
	if b.nextKey != "" {
		l.change(n, name, b.nextKey)
	}
	for _, e := range b.entries {
		l.readRecord(name, e)
	}
	l.closed = b.closes
	l.batches = append(l.batches, n)
}

// change goes on with the next key: the former ones count for a day of batches more.
func (l *log) change(n int, name, spki string) {
	for i := range l.keys {
		if l.keys[i].until > n+formerKeyCounts {
			l.keys[i].until = n + formerKeyCounts
		}
	}
	for _, key := range l.trusted {
		der, err := x509.MarshalPKIXPublicKey(key)
		check(err)
		if base64.StdEncoding.EncodeToString(der) == spki {
			l.keys = append(l.keys, logKey{key, n + 1, forever})
			return
		}
	}
	fail("%s: gives the log a key that no -key names: %s", name, spki)
}

func (l *log) readRecord(batch string, e entry) {
	data, err := os.ReadFile(filepath.Join(l.dir, filepath.FromSlash(e.path)))
	check(err)
	leaf := tlog.RecordHash(data)
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != e.sum || hex.EncodeToString(leaf[:]) != e.leaf {
		fail("%s: is not what %s lists", e.path, batch)
	}
	stored, err := tlog.StoredHashes(l.size, data, hashReader(l.hashes))
	check(err)
	l.hashes = append(l.hashes, stored...)
	l.leaves = append(l.leaves, leaf)
	l.size++
}

// readCheckpoints opens each checkpoint with the note package and compares its root with the tree of as many records. Where a name was taken, the checkpoint stands beside it, with a ~.
func (l *log) readCheckpoints() {
	names, _ := filepath.Glob(filepath.Join(l.dir, "log", "*", "*.checkpoint*.txt"))
	sort.Strings(names)
	voids, there := map[int]string{}, map[int]bool{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		check(err)
		number, _, _ := strings.Cut(filepath.Base(name), ".")
		n, err := strconv.Atoi(number)
		check(err)
		size, root, void := l.open(n, text)
		if void != "" {
			say("%s: counts for nothing, %s", name, void)
			voids[n] = name
			continue
		}
		if size > l.size {
			fail("%s: vouches for %d records, and %d are here", name, size, l.size)
		}
		tree, err := tlog.TreeHash(size, hashReader(l.hashes))
		check(err)
		if !bytes.Equal(tree[:], root) {
			fail("%s: its root is not that of the records", name)
		}
		there[n] = true
		l.checkpoints = append(l.checkpoints, checkpoint{name, size, tree})
	}
	// The newest batch may have been read before its checkpoint was written.
	for _, n := range l.batches {
		if name, void := voids[n]; !there[n] && (void || n != l.batches[len(l.batches)-1]) {
			fail("batch %d has no checkpoint that counts: %s", n, name)
		}
	}
	if len(l.checkpoints) == 0 {
		fail("%s: no checkpoint", l.dir)
	}
}

// open reads a note as the checkpoint of batch n, or says why it is none.
func (l *log) open(n int, text []byte) (size int64, root []byte, void string) {
	var known []note.Verifier
	for _, key := range l.keys {
		if key.from <= n && n <= key.until {
			known = append(known, &verifier{l.origin, key.PublicKey})
		}
	}
	opened, err := note.Open(text, note.VerifierList(known...))
	if err != nil {
		return 0, nil, err.Error()
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != l.origin || lines[3] != fmt.Sprintf("batch %d", n) {
		return 0, nil, fmt.Sprintf("it is no checkpoint of %s, batch %d", l.origin, n)
	}
	size, err = strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err = base64.StdEncoding.DecodeString(lines[2])
	check(err)
	return size, root, ""
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

// splitBatch cuts the last line off: "# sig KEYID BASE64", r and s of 32 bytes each. No signature where it is none.
func splitBatch(text []byte) (signed, signature []byte) {
	cut := bytes.LastIndex(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) + 1
	fields := strings.Fields(string(text[cut:]))
	if len(fields) != 4 || fields[0] != "#" || fields[1] != "sig" {
		return text, nil
	}
	signature, err := base64.StdEncoding.DecodeString(fields[3])
	if err != nil || len(signature) != 64 {
		return text, nil
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

func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "nhilog: "+format+"\n", args...)
}

func fail(format string, args ...any) {
	say(format, args...)
	os.Exit(1)
}
