using System.Security.Cryptography;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tests;

/// <summary>Records as the engine writes them, for tests.</summary>
internal static class Samples
{
    internal static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);

    internal static string Op(int number) => new([.. SHA256.HashData(BitConverter.GetBytes(number)).Take(26).Select(b => "0123456789abcdefghjkmnpqrstvwxyz"[b & 31])]);

    internal static EvidenceRecord Intent(int number = 1, DateTimeOffset? time = null, string name = "payroll-api") => new()
    {
        Op = Op(number),
        Stage = RecordStage.Intent,
        Action = "credential.rotate",
        Time = time ?? Start,
        Summary = $"Rotate client secret of '{name}'.",
        Rotation = Op(number + 1_000_000),
        Fence = number,
        Deadline = (time ?? Start).AddMinutes(10),
        Credential = new CredentialFacts($"kv:kv1.vault.azure.net/{name}", "entra-app-secret", name),
        Resource = new ResourceFacts($"entra:{name}", "application"),
    };

    internal static EvidenceRecord Outcome(EvidenceRecord intent, string result = "ok", RecordReference? reference = null) => intent with
    {
        Stage = RecordStage.Outcome,
        Result = result,
        Deadline = null,
        Intent = reference,
        Summary = $"Rotated: {result}.",
        Change = new ChangeFacts(new VersionFacts("5d1cfcb1ab4b4c77a1a4b4d7e9e7f001", State: "superseded"), new VersionFacts("9a7ecfb1ab4b4c77a1a4b4d7e9e7f002", State: "active")),
        Slots = [new SlotFacts("key1", Op(7)), new SlotFacts("key2", "closed")],
    };
}
