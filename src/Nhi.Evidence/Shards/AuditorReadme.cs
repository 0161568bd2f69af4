using System.Security.Cryptography;
using System.Text;

namespace Nhi.Evidence.Shards;

/// <summary>The text at the top of each evidence container, for a reader who has never heard of this product.</summary>
public static class AuditorReadme
{
    /// <summary>Names the log keys that are trusted. <c>signed SIGNATURE FILE</c> says which of them signed, and fails where none did.</summary>
    internal const string Keys = """
        KEYS="keys/log-1.pub.pem"
        signed() {
          for k in $KEYS; do
            openssl dgst -sha256 -verify "$k" -signature "$1" "$2" > /dev/null 2>&1 && echo "$k" && return
          done
          return 1
        }
        """;

    /// <summary>No record was changed since it was put into its batch. A batch that only names a key or closes the year lists none, and sha256sum takes no such file.</summary>
    internal const string Records = """
        for f in log/*/*.batch.txt; do
          ! grep -q '^[^#]' "$f" || sha256sum -c --quiet "$f" || echo "LOOK AT $f"
        done
        """;

    /// <summary>Nothing lies there that no batch lists, and nothing is missing.</summary>
    internal const string NothingElse = "diff <(grep -hv '^#' log/*/*.batch.txt | cut -c67- | sort -u) <(find records -type f | sort -u)";

    /// <summary>Each batch was signed by a log key: ES256 is r and s, openssl wants them in DER.</summary>
    internal const string Batches = """
        for f in log/*/*.batch.txt; do
          h=$(tail -n1 "$f" | cut -d' ' -f4 | base64 -d | od -An -v -tx1 | tr -d ' \n')
          printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${h:0:64}" "${h:64}" > /tmp/sig.cnf
          rm -f /tmp/sig.der; openssl asn1parse -genconf /tmp/sig.cnf -noout -out /tmp/sig.der
          (printf 'nhi-batch/1\n'; head -n -1 "$f") > /tmp/signed.txt
          signed /tmp/sig.der /tmp/signed.txt || echo "LOOK AT $f"
        done | uniq -c
        """;

    /// <summary>The newest checkpoint was signed by a log key. While a key is changed it has two signatures; where its name was taken, it has one with ~ beside it.</summary>
    internal const string Checkpoint = """
        for c in $(ls -r log/*/*.checkpoint*.txt); do
          sed '/^$/,$d' "$c" > /tmp/note.txt
          for s in $(sed '1,/^$/d' "$c" | cut -d' ' -f3); do
            echo "$s" | base64 -d | tail -c +5 > /tmp/note.sig
            signed /tmp/note.sig /tmp/note.txt && cat /tmp/note.txt && break 2
          done
          echo "LOOK AT $c"
        done
        """;

    /// <summary>All of them, in the order of the text.</summary>
    internal static IReadOnlyList<string> Commands => [Keys, Records, NothingElse, Batches, Checkpoint];

    /// <summary>SHA-256 of every text that a version of this product wrote, with <c>{origin}</c> for the origin, the newest last: a container keeps the text of its year for as long as its retention says.</summary>
    internal static readonly IReadOnlyList<string> Written =
    [
        "72a7a5d5fac06fa7215f3e8b22bca60fb6bb144f4cc80f2df90da56f4b5ee82e",
        "510203e150ec53d8d6dd774d36fd8069e75e4e0eb400e23156bf1e4a012fe3ef",
    ];

    /// <summary>True for a text that some version wrote for this log.</summary>
    internal static bool IsOne(string text, string origin) => Written.Contains(HashOf(text.Replace(origin, "{origin}", StringComparison.Ordinal)));

    internal static string HashOf(string template) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template)));

    /// <summary>The text for one container.</summary>
    /// <param name="origin">The log: <c>{account host}/{container}</c>.</param>
    public static string Of(string origin) => $"""
        EVIDENCE   {origin}

        WHAT THIS IS

          The evidence of a system that rotates, revokes and watches over the credentials of
          applications. Whatever it does to a credential stands here twice: as an intent, written
          before it was done, and as an outcome. Each file is one fact, in JSON, for people and tools
          alike; `summary` says it in a sentence. All times are UTC.

          Files are only ever added. The retention policy of this container, once it is locked, keeps
          everybody from changing or deleting one before its time, the owner of the account included.
          No file holds a password, a key or a token.

        HOW NAMES READ

          records/2026/11/24/13/130507Z_payroll-api_rotate_2-ok_r7k2q0c9v4m1t8xh3n5b2w6y0a.json
                  year, month,  time    credential  |      |    the attempt: the same in its intent
                  day, hour     of its  (none in    verb   |    and its outcome
                                start   system's           result:
                                        records)
            1-intent      about to be done
            2-ok          done, and seen to be done         2-RETRY    failed, will be tried again
            2-BLOCKED     a person has to act               2-FAILED   over        2-DENIED  refused
            3-reconciled  an attempt that was cut short: what provider and vault showed later
            3-unknown     the same, but nobody could tell yet
            2-FINDING     something that breaks policy      2-summary  what a sweep saw
            2-seal        each hour, also when nothing happened: what came in, chained to the one before
            ~ and 16 more characters: somebody else's file had the name; this one counts

          log/000012/000012345.batch.txt        which records came into the log, in order, with their
                                                hashes: a sha256sum file, signed by the log key
          log/000012/000012345.checkpoint.txt   the log at that point: how many records, and the root
                                                of their Merkle tree (RFC 6962); a C2SP signed note
          keys/                                 public keys. Copies, for convenience: take the ones you
                                                trust from the owner's key vault, or keep them from an
                                                earlier visit
          policies/                             the policies in force, by the hash that records name
          shard.first                           says that this container was prepared

          A container holds a year. In the next one's first record (…_open_2-summary_…) stands the
          newest checkpoint of this one, and later its last (…_close_2-summary_…).

        CHECK IT WITHOUT US

          Download the container with its folders (Storage Explorer, or azcopy copy --recursive), open
          bash at its top, and name the log keys that you trust. There are more where a key was changed
          (a batch has a line `# key`): KEYS="keys/log-1.pub.pem keys/log-2.pub.pem".

        {Indented(Keys)}

          1. No record was changed. It says nothing where all is well:

        {Indented(Records)}

          2. Nothing is missing, and nothing lies here that no batch lists. Files of the last minutes
             may not be listed yet; all else is somebody's junk, or a finding:

        {Indented(NothingElse)}

          3. Every batch was signed by a log key. It counts the batches of each key, in order; a key that
             was replaced counts for 1,440 batches behind that line, never later. LOOK AT names what no
             key signed: somebody else's file, which counts for nothing. Move it away, do 1 and 2 again:

        {Indented(Batches)}

          4. The newest checkpoint was signed too. It shows which key, the log, its records, the root, and
             the batch, which is the one in its name. LOOK AT before it names somebody else's file:

        {Indented(Checkpoint)}

          Keep that checkpoint. Next time, a log that does not begin with it was made anew; any tool
          for RFC 6962 logs proves that (golang.org/x/mod/sumdb reads keys/log-1.vkey, the checkpoints
          and the tiles). `nhi verify` does all of this at once, and names what is wrong.

        """.ReplaceLineEndings("\n");

    private static string Indented(string commands) => string.Join('\n', commands.ReplaceLineEndings("\n").Split('\n').Select(line => "       " + line));
}
