using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Use;

/// <summary>Hostile bytes at the reader of the vaults' logs. <c>NHI_FUZZ=1000000</c> tries a million, <c>NHI_SEED</c> plays one alone.</summary>
public sealed partial class AuditFuzzTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly int? Only = Setting("NHI_SEED");
    private static readonly int Tries = Only is null ? Setting("NHI_FUZZ") ?? 3_000 : 1;
    private static readonly int First = Only ?? Setting("NHI_FROM") ?? 0;

    private static readonly string[] Words =
    [
        "\"records\":[", "\"category\":\"AuditEvent\"", "SecretSet", "\\n", "\\u0000", "\\ud800", "\"", "{", "}", "[", "]", "null", "-1", "1e400", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "secrets/", "deletedsecrets/", "/recover", "https://kv2.vault.azure.net/",
        "\u202E", "\r\n{\"op\":\"x\"}", "..", "%0a", "</script>", "🔑", new('a', 5_000),
    ];

    [Fact]
    public void Whatever_a_log_holds_is_read_into_checked_shapes_or_counted()
    {
        byte[][] examples =
        [
            AuditLines.Bytes(AuditLines.Line(Now.AddMinutes(-30), upn: "ann@contoso.com")),
            AuditLines.Bytes(AuditLines.Line(Now.AddMinutes(-20), "SecretSet", version: AuditLines.V2)),
            AuditLines.Bytes(AuditLines.Line(Now.AddMinutes(-20), "VaultPatch", name: null, status: 403, oid: null, app: null)),
            AuditLines.Bytes(new JsonObject { ["records"] = new JsonArray(AuditLines.Line(Now.AddMinutes(-9)), AuditLines.Line(Now.AddMinutes(-8), "SecretDelete")) }),
            AuditLines.Bytes(AuditLines.Line(Now.AddMinutes(-7), "SecretPurge", version: null, type: "deletedsecrets")),
            AuditLines.Bytes(AuditLines.Line(Now.AddMinutes(-6), "SecretBackup", "app/backup", version: null)),
        ];
        var read = 0;
        for (var seed = First; seed < First + Tries; seed++)
        {
#pragma warning disable CA5394 // Seeded on purpose: a failure names its seed.
            var bytes = Mutate(examples, new Random(seed));
#pragma warning restore CA5394
            var (before, started) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            try
            {
                var reading = AuditEvents.Parse(bytes, Now);
                foreach (var one in reading.Events)
                    AssertHolds(one);
                read += reading.Events.Count;
            }
            catch (Exception e)
            {
                Assert.Fail($"NHI_SEED={seed}, {bytes.Length} bytes {Convert.ToBase64String(bytes.AsSpan(0, Math.Min(bytes.Length, 3_000)))}: {e}");
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < (4 * 1024 * 1024) + (512L * bytes.Length), $"NHI_SEED={seed}: too much memory for {bytes.Length} bytes.");
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10), $"NHI_SEED={seed}: too long for {bytes.Length} bytes.");
        }

        Assert.True(Only is not null || read > Tries / 20, $"Only {read} of {Tries} inputs held anything: the changes are too wild to test a reader.");
    }

    private static void AssertHolds(AuditEvent one)
    {
        Assert.Matches("^[A-Za-z]{3,64}$", one.Operation);
        Assert.Matches("^[a-z][0-9a-z-]{2,23}$", one.Vault);
        Assert.True(one.Time <= Now.AddMinutes(15));
        Assert.True(one.Version is null || Hex().IsMatch(one.Version));
        Assert.True(one.Credential is null || one.Credential.Value.Vault.StartsWith(one.Vault + ".", StringComparison.Ordinal));
        Assert.True(one.ObjectId is null || Guid.TryParseExact(one.ObjectId, "D", out _));
        Assert.True(one.AppId is null || Guid.TryParseExact(one.AppId, "D", out _));
        Assert.True(one.UserName is null || Name().IsMatch(one.UserName), one.UserName);
        // The line that a person reads in a record is one line, whatever the log held.
        if (VaultChanges.Of(one, AuditLines.Host) is { } change)
            Assert.DoesNotContain(change.ToFact(), character => char.IsControl(character) || character is '<' or '>' or '"' or '\u202E' or '\u2028');
    }

#pragma warning disable CA5394
    private static byte[] Mutate(byte[][] examples, Random random)
    {
        if (random.Next(25) == 0)
        {
            var noise = new byte[random.Next(1 << random.Next(1, 12))];
            random.NextBytes(noise);
            return noise;
        }

        var bytes = examples[random.Next(examples.Length)];
        for (var i = random.Next(1 << random.Next(4)); i > 0; i--)
        {
            var at = random.Next(bytes.Length + 1);
            var length = Math.Min(random.Next(1 << random.Next(1, 8)), bytes.Length - at);
            bytes = random.Next(6) switch
            {
                0 when at < bytes.Length => [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]],
                1 => [.. bytes[..at], .. bytes[(at + length)..]],
                2 => [.. bytes[..(at + length)], .. bytes[at..]],
                3 => bytes[..at],
                4 => [.. bytes[..at], .. examples[random.Next(examples.Length)][Math.Min(at, 200)..]],
                _ => [.. bytes[..at], .. Encoding.UTF8.GetBytes(Words[random.Next(Words.Length)]), .. bytes[(at + (random.Next(2) * length))..]],
            };
        }

        return bytes;
    }
#pragma warning restore CA5394

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex Hex();

    [GeneratedRegex(@"^(\[refused, \d+ characters\]|[\p{L}\p{N}._#+'@-]{1,256})$")]
    private static partial Regex Name();
}
