using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure.Storage.Blobs;
using Nhi.Azure.Evidence;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tests.Tables;
using Nhi.Azure.Time;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Attackers;
using Nhi.Local.Parts;

namespace Nhi.Azure.Tests.Evidence;

/// <summary>
/// Some of the histories of <c>Nhi.Evidence.Tests</c>, with and without attackers, over real containers in Azurite by the product's own client. <c>NHI_ATTACKS=29</c> plays so many, <c>NHI_FROM</c> says the first seed, <c>NHI_SEED</c> plays one again.
/// </summary>
public sealed class AttackedContainersTests(AzuriteFixture azurite, ITestOutputHelper output)
{
    private static readonly int[] Seeds = Setting("NHI_SEED") is { } one ? [one] : [.. Enumerable.Range(Setting("NHI_FROM") ?? 29, Setting("NHI_ATTACKS") ?? 2)];

    [Fact]
    public async Task Histories_under_attack_end_in_Azurite_as_they_do_in_memory()
    {
        foreach (var seed in Seeds)
        {
            var calls = new CallCounter();
            var team = Attacker.OfSeed(seed, Environment.GetEnvironmentVariable("NHI_TEAM"));
            using var history = new AttackHistory(team, new Random(seed), (origin, clock) => NewContainer(origin, clock, calls));
            try
            {
                await history.RunAsync();
            }
            catch (Exception e) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                Assert.Fail($"NHI_SEED={seed} ({team.Name}): {e}\nStory: {history.Story}");
            }

            output.WriteLine($"Seed {seed} ({team.Name}): {calls.Of("evidence")} requests.");
        }
    }

    private DatedContainer NewContainer(string origin, TimeProvider clock, CallCounter calls)
    {
        var name = $"attacked-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        var account = Azurite.BlobEndpoint("nhievidence");
        // Around the gate, as deployment would: the product makes no container.
        new BlobServiceClient(account, azurite.Azurite.Credential, new BlobClientOptions { Transport = azurite.Azurite.Transport }).GetBlobContainerClient(name).Create();
        var clients = new EvidenceClients(account, azurite.Azurite.Credential, "https://storage.azure.com", new ClientEquipment(calls, azurite.Azurite.Transport));
        return new DatedContainer(new BlobEvidenceStore(clients, name, new GovernanceClock()), origin, clock);
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>A container under the name of a year's, in which time passes as the history tells it: the service would date everything today.</summary>
    private sealed class DatedContainer(BlobEvidenceStore inner, string origin, TimeProvider clock) : IEvidenceStore
    {
        private readonly ConcurrentDictionary<string, DateTimeOffset> created = new(StringComparer.Ordinal);

        public string Origin => origin;

        public async Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
        {
            var now = clock.GetUtcNow();
            var result = await inner.TryCreateAsync(path, bytes, contentType, ct);
            if (result.Answer == CreateAnswer.Created)
                created[path] = now;
            return result with { ServiceTime = now };
        }

        public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) => await inner.ReadAsync(path, maxBytes, ct) is { } blob ? blob with { Created = created[path] } : null;

        public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
        {
            await foreach (var blob in inner.ListAsync(prefix, ct))
                yield return blob with { Created = created[blob.Path] };
        }
    }
}
