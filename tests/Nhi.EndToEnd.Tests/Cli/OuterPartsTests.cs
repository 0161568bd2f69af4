using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Nhi.Azure.Settings;
using Nhi.Cli.Deploying;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary>The places of the vaults' logs as <c>nhi doctor</c> looks at them.</summary>
public sealed class OuterPartsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static readonly Uri _somewhere = new("https://kv-nhi.vault.azure.net/");
    private static readonly NhiSettings _settings = new()
    {
        Vaults = [], ProductVault = _somewhere, StagingVault = _somewhere, LogKey = _somewhere, ProducersKey = _somewhere,
        Storage = new StorageSettings { Tables = _somewhere, Blobs = _somewhere, Evidence = _somewhere },
    };

    private static async Task<Dictionary<string, string>> LookAsync(params Log[] logs)
    {
        Dictionary<string, string> found = [];
        // Nothing but the logs is looked at here.
        foreach (var part in new OuterParts(_settings, null!, null!, null!, logs, null!, null!, new Vaults(), new FakeTimeProvider()).All().Where(part => part.Name.StartsWith("audit ", StringComparison.Ordinal)))
        {
            try
            {
                var one = await part.Look(Ct);
                found[part.Name] = one.Warns ? $"warns: {one.Detail}" : "ok";
            }
            catch (ExternalCallException)
            {
                found[part.Name] = "fails";
            }
        }

        return found;
    }

    [Fact]
    public async Task Each_place_is_a_part_and_a_vault_that_is_heard_in_one_is_silent_in_none()
    {
        Assert.Equal(new() { ["audit archive"] = "ok", ["audit workspace"] = "ok" }, await LookAsync(new Log("archive", "kv1"), new Log("workspace", "kv2")));
        Assert.Equal(
            new() { ["audit archive"] = "warns: readable, but nothing of the last day of kv2", ["audit workspace"] = "warns: readable, but nothing of the last day of kv2" },
            await LookAsync(new Log("archive", "kv1"), new Log("workspace")));
        Assert.Equal(new() { ["audit archive"] = "ok" }, await LookAsync(new Log("archive", "kv1", "kv2")));
    }

    [Fact]
    public async Task A_place_that_cannot_be_read_fails_alone() => Assert.Equal(
        new() { ["audit archive"] = "warns: readable, but nothing of the last day of kv2", ["audit workspace"] = "fails" },
        await LookAsync(new Log("archive", "kv1"), new Log("workspace") { Down = true }));

    private sealed class Log(string name, params string[] heard) : IPlatformLog
    {
        public bool Down { get; init; }
        public string Name => name;

        public async IAsyncEnumerable<LogPart> PartsAsync(string vaultHost, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            if (Down)
                throw new ExternalCallException("Down.");
            if (heard.Contains(vaultHost))
                yield return new LogPart(vaultHost, to, 1);
        }

        public IAsyncEnumerable<LogLine> LinesAsync(LogPart part, long offset, CancellationToken ct) => throw new InvalidOperationException("The doctor reads no line.");
    }

    private sealed class Vaults : IVaultRegistry
    {
        public IReadOnlyList<GovernedVault> All { get; } = [new GovernedVault("kv1", "prod"), new GovernedVault("kv2", "prod")];

        public GovernedVault? Find(string vaultHost) => All.FirstOrDefault(vault => vault.Host == vaultHost);
    }
}
