using CsCheck;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tests.Records;

public sealed class ValueGuardTests
{
    private const string Base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly Gen<string> Secret = Gen.OneOf(
        Gen.Byte.Array[33, 96].Select(Convert.ToBase64String),
        Gen.Byte.Array[33, 96].Select(bytes => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_')),
        Gen.Byte.Array[20, 64].Select(bytes => Convert.ToHexStringLower(bytes)),
        Chars(Base62, 40, 80),
        Chars(Base62 + "_~.-", 31, 34).Select(tail => "aB3" + "8Q~" + tail),
        Chars(Base62, 36, 36).Select(tail => "ghp_" + tail),
        Chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16, 16).Select(tail => "AKIA" + tail),
        Chars(Base62, 12, 20).Select(value => $"Server=tcp:x;User Id=sa;Password={value};"),
        Gen.Byte.Array[64, 64].Select(bytes => $"DefaultEndpointsProtocol=https;AccountName=st;AccountKey={Convert.ToBase64String(bytes)};EndpointSuffix=core.windows.net"),
        Gen.Byte.Array[32, 32].Select(bytes => $"Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={Convert.ToBase64String(bytes)}"),
        Gen.Byte.Array[32, 32].Select(bytes => $"https://st.blob.core.windows.net/c?sv=2024-11-04&se=2026-12-01&sig={Uri.EscapeDataString(Convert.ToBase64String(bytes))}"),
        Chars(Base62, 20, 60).Select(body => $"eyJhbGciOiJSUzI1NiJ9.eyJ{body}.{body}"),
        Chars(Base62, 12, 16).Select(password => $"postgresql://app:{password}@db.example.net:5432/app"),
        Gen.Const("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE"));

    /// <summary>But for what a word of Slack's tokens begins with.</summary>
    private static readonly Gen<string> Word = Chars("abcdefghijklmnopqrstuvwxyz", 2, 12).Where(word => !word.Contains("xox", StringComparison.Ordinal));
    private static readonly Gen<string> Guid = Gen.Byte.Array[16, 16].Select(bytes => new Guid(bytes).ToString());
    private static readonly Gen<string> Hex64 = Gen.Byte.Array[32, 32].Select(Convert.ToHexStringLower);
    private static readonly Gen<string> Hex32 = Gen.Byte.Array[16, 16].Select(Convert.ToHexStringLower);

    private static readonly Gen<string> ArmId = Gen.Select(Guid, Word, Word, Word, (id, group, account, more) =>
        $"/subscriptions/{id}/resourceGroups/rg-{group}-{more}/providers/Microsoft.Storage/storageAccounts/{account}{more}");

    // What honest engines write: sentences with names, ids of Azure, versions, names of attempts and of records.
    private static readonly Gen<string> Sentence = Gen.OneOf(
        Gen.Select(Word, Word, Guid, (a, b, id) => $"Rotated client secret of '{a}-{b}' of application {id}; new version expires 2026-12-24."),
        ArmId.Select(id => $"Regenerated key2 of {id} and verified it 3 times."),
        Gen.Select(Word, Hex32, (name, version) => $"Published https://kv1.vault.azure.net/secrets/{name}/{version} for Microsoft.KeyVault.SecretNearExpiry"),
        Gen.Select(RecordGen.Op, Word, (op, name) => $"See records/2026/11/24/13/130507Z_{name}_rotate_2-ok_{op}~0f1e2d3c4b5a6978.json"),
        Gen.Select(RecordGen.Op, Word, (op, name) => $"nhi-{op} is a leftover of {name}: System.Security.Cryptography.CryptographicUnexpectedOperationException"),
        Gen.Const("AuthorizationFailedForTenantSubscriptionPolicyViolation: RequestDisallowedByPolicyOfManagementGroup"),
        Gen.Const("The password of role app_blue was set; the access key of slot key1 lives on. OWASP-NHI7:2025, CSF2:PR.AA-01"));

    [Fact]
    public void A_root_that_bears_the_mark_of_a_providers_key_by_chance_stays()
    {
        var root = $"{new string('B', 30)}AAAA{new string('B', 9)}=";
        Assert.True(ValueGuard.LooksLikeSecret(root));
        var record = Samples.Intent() with { Seal = new SealFacts(Samples.Start, Samples.Start, 0, -1, new Dictionary<string, long>(), 0, Root: root) };
        Assert.Same(record, ValueGuard.Check(record, GuardMode.Throw));
    }

    [Fact]
    public void A_secret_is_found_wherever_text_stands() => Gen.Select(Secret, Gen.Int[0, 5]).Sample((secret, where) =>
    {
        var (record, path) = where switch
        {
            0 => (Samples.Intent() with { Summary = $"Set {secret} there." }, "$.summary"),
            1 => (Samples.Intent() with { Error = new ErrorFacts("x", secret) }, "$.error.message"),
            2 => (Samples.Intent() with { Decision = new DecisionFacts("allow", "p", Reasons: ["fine", secret]) }, "$.decision.reasons[1]"),
            3 => (Samples.Intent() with { Finding = new FindingFacts("s", "info", secret) }, "$.finding.remedy"),
            4 => (Samples.Intent() with { Owner = new OwnerFacts("user", "id", secret) }, "$.owner.name"),
            _ => (Samples.Intent() with { RequestedBy = new PrincipalFacts("user", "i", OnBehalfOf: new PrincipalFacts("user", "i", secret)) }, "$.requestedBy.onBehalfOf.name"),
        };
        var thrown = Assert.Throws<SecretInRecordException>(() => ValueGuard.Check(record, GuardMode.Throw));
        Assert.Contains(path, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, thrown.Message, StringComparison.Ordinal);
        var guarded = ValueGuard.Check(record, GuardMode.Withhold);
        Assert.Equal([path], guarded.Withheld);
        Assert.DoesNotContain(secret, System.Text.Encoding.UTF8.GetString(RecordSerializer.Prefix(guarded)), StringComparison.Ordinal);
        Assert.Equal(record.Op, guarded.Op);
        Assert.Same(guarded, ValueGuard.Check(guarded, GuardMode.Throw));
    }, iter: 2_000);

    /// <summary>One text of each shape, and of each word that it may begin with: what is looked for first is a piece of every one of them.</summary>
    public static TheoryData<string> Shapes =>
    [
        .. new[] { "AccountKey", "SharedAccessKey", "SharedAccessSignature", "SharedSecretKey", "Password", "Pwd", "client_secret", "ClientSecret", "ApiKey", "api-key", "api_key", "access-key", "access_key", "refresh_token", "access_token" }.Select(word => word + " = t0p-s3"),
        "?sig=" + Run(16), "&sig=" + Run(16), ";sig=" + Run(16), "a sig=" + Run(40), "eyJ" + Run(8) + "." + Run(8) + ".", "SCRAM-SHA-256$4", "-----BEGIN PRIVATE KEY", "-----BEGIN EC PRIVATE KEY", "a.b7Q~" + Run(31), "a.b8Q~" + Run(34),
        .. new[] { "AzFu", "ACDb", "+ASt", "+AMC", "AAAA" }.Select(mark => Run(30) + mark + "abc="),
        .. new[] { "ghp_", "gho_", "ghu_", "ghs_", "ghr_" }.Select(word => word + Run(36)), "github_pat_" + Run(22), "glpat-" + Run(20), "AKIA" + Run(16).ToUpperInvariant(), "ASIA" + Run(16).ToUpperInvariant(),
        .. new[] { "xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-" }.Select(word => word + Run(10)), "sk_live_" + Run(16), "sk-" + Run(32), "AIza" + Run(35), "npm_" + Run(36), "oy2" + Run(43),
        "postgresql://app:t0p@db", "Bearer " + Run(20), "bearer " + Run(20),
    ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_shape_is_known_in_the_midst_of_a_text(string secret) => Assert.True(SecretShapes.IsKnown(secret) && SecretShapes.IsKnown($"It is '{secret}'.") && SecretShapes.MayBe(secret));

    [Fact]
    public void A_run_is_random_from_33_characters_on_wherever_it_stands()
    {
        var random = "q7Zk2Xv9Lw4Tb8Rn5Hc1Md6Yf3Pg0Js2K";
        foreach (var around in (string[])["", "a word before ", "two-words/and_more before: "])
        {
            Assert.True(SecretShapes.IsRandom(around + random) && SecretShapes.IsRandom($"{around}{random}, and behind"));
            Assert.False(SecretShapes.IsRandom($"{around}{random[1..]}, and behind"));
        }
    }

    [Theory]
    [InlineData("ghp_0123456789abcdefghijABCDEFGHIJ012345")]
    [InlineData("aB38Q~0123456789abcdefghijABCDEFGHIJ01")]
    [InlineData("AKIAIOSFODNN7EXAMPLE")]
    [InlineData("alter role app password 'SCRAM-SHA-256$4096:c2FsdA==$a:b'")]
    public void A_known_shape_is_found_in_an_id_too(string secret)
    {
        foreach (var record in new[]
        {
            Samples.Intent() with { Trigger = new TriggerFacts("s", secret, "t") },
            Samples.Intent() with { Credential = new CredentialFacts("kv:a.b/c", Handle: secret) },
            Samples.Intent() with { Slots = [new SlotFacts("key1", secret)] },
            Samples.Intent() with { Controls = [secret] },
            Samples.Intent() with { Seal = new SealFacts(Samples.Start, Samples.Start, 0, 0, new Dictionary<string, long> { [secret] = 1 }, 0) },
        })
        {
            Assert.Throws<SecretInRecordException>(() => ValueGuard.Check(record, GuardMode.Throw));
            var written = System.Text.Encoding.UTF8.GetString(RecordSerializer.Prefix(ValueGuard.Check(record, GuardMode.Withhold)));
            Assert.DoesNotContain(secret, written, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Honest_records_pass() => Gen.Select(Sentence, Sentence, ArmId, Guid, Hex64, Hex32, RecordGen.Op).Sample((text, more, arm, id, hash, version, op) =>
    {
        var record = Samples.Outcome(Samples.Intent(), reference: new RecordReference($"records/2026/11/24/13/130507Z_payroll-api_rotate_1-intent_{op}.json", hash)) with
        {
            Log = EvidenceBench.Origin,
            Path = $"records/2026/11/24/13/130507Z_payroll-api_rotate_2-ok_{op}~0123456789abcdef.json",
            Summary = text,
            Error = new ErrorFacts("PolicyViolation", more),
            Trigger = new TriggerFacts(arm, id, "Microsoft.KeyVault.SecretNearExpiry", Samples.Start, 2),
            Correlation = new CorrelationFacts(id, version, "s-20261124-17"),
            RequestedBy = new PrincipalFacts("agent", id, "ops-agent", id, new PrincipalFacts("user", id, "Ada Lovelace")),
            Agent = new AgentFacts(id, id, "model-x-2026-01-01", "1.2.3+" + hash[..40]),
            Owner = new OwnerFacts("group", id, "Payroll Platform", "tag"),
            Credential = new CredentialFacts($"kv:kv1.vault.azure.net/payroll-{version}", "entra-app-secret", $"payroll-{version}", id, id, op),
            Resource = new ResourceFacts(arm, "application", [arm, $"{arm}/blobServices/default"]),
            Change = new ChangeFacts(new VersionFacts(version, Samples.Start, "active", $"key1:{op}"), new VersionFacts(version, Samples.Start, "active", $"key2:{op}")),
            Approval = new ApprovalFacts("human", id, Samples.Start, $"ticket-{id}"),
            Decision = new DecisionFacts("allow", "rotation-30d", "7", hash, [text, "expires-within:P7D"]),
            Debt = new DebtFacts($"key1:{op}", Samples.Start, Samples.Start, more, [$"kv:kv1.vault.azure.net/payroll-{version}/{version}"]),
            Slots = [new SlotFacts("key1", op), new SlotFacts("key2", "closed")],
            Finding = new FindingFacts("orphan", "warning", more, [text, more], 3),
            Coverage = new CoverageFacts(arm, Samples.Start, Samples.Start, 3, 3, [$"kv:kv1.vault.azure.net/payroll-{version}"]),
            Seal = new SealFacts(Samples.Start, Samples.Start, 0, 9, new Dictionary<string, long> { ["credential.rotate:ok"] = 3 }, 0, new RecordReference($"records/2026/11/24/13/130000Z__log_2-seal_{op}.json", hash)),
            Controls = ["OWASP-NHI7:2025", "CSF2:PR.AA-01", "CSF1.1:PR.AC-1", "AI-RMF:GOVERN-1.4"],
            Producer = new ProducerFacts("nhi-governor", "1.4.2+" + hash[..40], "i-" + version, Convert.ToBase64String(new byte[91]), Convert.ToBase64String(Convert.FromHexString(hash + hash)), hash[..40], "westeurope"),
        };
        Assert.Same(record, ValueGuard.Check(record, GuardMode.Throw));
    }, iter: 1_000);

    private static string Run(int length) => new('b', length);

    private static Gen<string> Chars(string alphabet, int from, int to) => Gen.Char[alphabet].Array[from, to].Select(chars => new string(chars));
}
