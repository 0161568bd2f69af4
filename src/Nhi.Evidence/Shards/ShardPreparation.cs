using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Shards;

/// <summary>What came of preparing a container. <paramref name="Created"/>: what was written; <paramref name="There"/>: what was there already, as it should be; <paramref name="Others"/>: names that hold something else, which stays.</summary>
public sealed record PreparedShard(string Origin, IReadOnlyList<string> Created, IReadOnlyList<string> There, IReadOnlyList<string> Others);

/// <summary>
/// Makes a container ready for evidence: <c>README.txt</c> for the auditor, copies of the public keys, the policy's text, and <c>shard.first</c> last, without which a container counts as missing.
/// Creates only, so that doing it again adds what is new (a version of the log key, another policy) and changes nothing.
/// </summary>
/// <param name="logKeys">The log key's versions, oldest first: SPKI, DER.</param>
/// <param name="producersKeys">The versions of the key <c>producers</c>, oldest first: SPKI, DER.</param>
/// <param name="policy">The policy's text, or null.</param>
public sealed class ShardPreparation(IReadOnlyList<ReadOnlyMemory<byte>> logKeys, IReadOnlyList<ReadOnlyMemory<byte>> producersKeys, ReadOnlyMemory<byte>? policy = null)
{
    /// <summary>The blob that makes a container count.</summary>
    public const string FirstBlob = "shard.first";

    private const string Text = "text/plain; charset=utf-8";

    /// <summary>Numbers that are tried for a key: others may have taken some.</summary>
    private const int MostNumbers = 64;

    /// <summary>Throws <see cref="EvidenceStoreException"/> when the container is missing, refuses or does not answer.</summary>
    public async Task<PreparedShard> PrepareAsync(IEvidenceStore store, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        var blobs = new Documents(store);
        await blobs.PutAsync("README.txt", Encoding.UTF8.GetBytes(AuditorReadme.Of(store.Origin)), Text, ct);
        foreach (var spki in logKeys)
        {
            using var key = new NoteKey(store.Origin, spki.Span);
            var number = await NumberedAsync(blobs, n => $"keys/log-{n}.pub.pem", Pem(spki), ct);
            await blobs.PutAsync(string.Create(CultureInfo.InvariantCulture, $"keys/log-{number}.vkey"), Encoding.ASCII.GetBytes(key.VerifierText + "\n"), Text, ct);
        }

        foreach (var spki in producersKeys)
            await NumberedAsync(blobs, n => n == "1" ? "keys/producers.pub.pem" : $"keys/producers-{n}.pub.pem", Pem(spki), ct);
        if (policy is { } text)
            await KeepPolicyAsync(blobs, text, ct);
        if (await blobs.PutAsync(FirstBlob, Encoding.ASCII.GetBytes(store.Origin + "\n"), Text, ct) == Put.Other)
            throw new EvidenceStoreException($"In the container {store.Origin} '{FirstBlob}' says that it is another one. Make a new container; this one was copied or squatted.");
        return blobs.Result;
    }

    /// <summary>Puts the policy's text beside the records that name its hash, as <c>policies/{sha256}.yaml</c>: once a shard. Throws <see cref="EvidenceStoreException"/>.</summary>
    public static Task KeepPolicyAsync(IEvidenceStore store, ReadOnlyMemory<byte> text, CancellationToken ct) => KeepPolicyAsync(new Documents(store), text, ct);

    private static async Task KeepPolicyAsync(Documents blobs, ReadOnlyMemory<byte> text, CancellationToken ct)
    {
        var sha = Convert.ToHexStringLower(SHA256.HashData(text.Span));
        // Any file with the right hash counts: a squatted name costs one beside it.
        if (await blobs.PutAsync($"policies/{sha}.yaml", text, "application/yaml", ct) == Put.Other)
            await blobs.PutAsync($"policies/{sha}~{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.yaml", text, "application/yaml", ct);
    }

    private static byte[] Pem(ReadOnlyMemory<byte> spki) => Encoding.ASCII.GetBytes(PemEncoding.WriteString("PUBLIC KEY", spki.Span) + "\n");

    /// <summary>The first number that holds this key or nothing.</summary>
    private static async Task<int> NumberedAsync(Documents blobs, Func<string, string> nameOf, byte[] bytes, CancellationToken ct)
    {
        for (var number = 1; number <= MostNumbers; number++)
        {
            if (await blobs.PutAsync(nameOf(number.ToString(CultureInfo.InvariantCulture)), bytes, "application/x-pem-file", ct) != Put.Other)
                return number;
        }

        throw new EvidenceStoreException($"All of the names {nameOf("1")} to {nameOf(MostNumbers.ToString(CultureInfo.InvariantCulture))} are taken by others: somebody with write access squats them.");
    }

    private enum Put
    {
        Created,
        There,
        Other,
    }

    private sealed class Documents(IEvidenceStore store)
    {
        private readonly List<string> created = [];
        private readonly List<string> there = [];
        private readonly List<string> others = [];

        internal PreparedShard Result => new(store.Origin, created, there, others);

        internal async Task<Put> PutAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
        {
            if ((await store.TryCreateAsync(path, bytes, contentType, ct)).Answer == CreateAnswer.Created)
            {
                created.Add(path);
                return Put.Created;
            }

            var found = await store.ReadAsync(path, bytes.Length + 1, ct)
                ?? throw new EvidenceStoreException($"The container {store.Origin} refused '{path}', and nothing is there: it does not exist, or whoever prepares it lacks the right to add blobs.");
            var same = found.Bytes.Span.SequenceEqual(bytes.Span);
            (same ? there : others).Add(path);
            return same ? Put.There : Put.Other;
        }
    }
}
