using System.Security.Cryptography;
using Nhi.Azure.Evidence;
using Nhi.Cli.Output;
using Nhi.Cli.Reading;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Signing;

namespace Nhi.Cli.Verifying;

/// <summary>The public keys (SPKI, DER) that a verification trusts: from files that the auditor has from outside the log, or from the key vault of the settings.</summary>
internal sealed record TrustedKeys(IReadOnlyList<ReadOnlyMemory<byte>> Log, IReadOnlyList<ProducersKey> Producers)
{
    /// <summary>Every version of the log key, where its keeper was asked; null where files were given.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? LogVersions { get; init; }

    private const int MostCharacters = 16_384;

    /// <summary>Throws <see cref="CliFailure"/> for a file that is no P-256 public key as PEM, or (the log's) a verifier key of signed notes.</summary>
    public static TrustedKeys Read(IReadOnlyList<string> log, IReadOnlyList<string> producers) => new([.. log.Select(Of)], [.. producers.Select(Ending)]);

    /// <summary>As Key Vault has them now, in all versions. Throws <see cref="SigningException"/>.</summary>
    public static async Task<TrustedKeys> AskAsync(EvidenceAccounts accounts, CancellationToken ct) =>
        new(await accounts.LogKeys.FirstKeysAsync(ct), await accounts.ProducersKeys.EndingAsync(ct))
        {
            LogVersions = await accounts.LogKeys.KnownAsync(ct),
        };

    /// <summary>A file, or a file and the instant at which that version of the key ends: <c>producers-1.pub.pem@2026-11-30T12:00:00Z</c>.</summary>
    private static ProducersKey Ending(string said)
    {
        var at = said.LastIndexOf('@');
        return at > 0 && !File.Exists(said) ? new ProducersKey(Of(said[..at]), Instants.Read(said[(at + 1)..], $"'{said[(at + 1)..]}' of --producers-key")) : Of(said);
    }

    private static ReadOnlyMemory<byte> Of(string file)
    {
        var text = Text(file);
        using var note = NoteKey.TryParse(text.Trim());
        var spki = note is null ? FromPem(text) : Convert.FromBase64String(note.VerifierText.Split('+', 3)[2]).AsMemory(1);
        using var key = spki is { } some ? Es256.TryImport(some.Span) : null;
        return key is null
            ? throw new CliFailure($"'{file}' is no P-256 public key. Give a PEM file (BEGIN PUBLIC KEY), or a log's verifier key in one line (name+id+base64).")
            : spki!.Value;
    }

    private static ReadOnlyMemory<byte>? FromPem(string text)
    {
        if (!PemEncoding.TryFind(text, out var fields) || text[fields.Label] != "PUBLIC KEY")
            return null;
        var bytes = new byte[fields.DecodedDataLength];
        return Convert.TryFromBase64Chars(text.AsSpan()[fields.Base64Data], bytes, out var length) ? bytes.AsMemory(0, length) : null;
    }

    private static string Text(string file)
    {
        try
        {
            return new FileInfo(file).Length > MostCharacters ? throw new CliFailure($"'{file}' is too long for a public key. Give a PEM file.") : File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The key '{file}' cannot be read: {e.Message}");
        }
    }
}
