using System.Globalization;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Tests.Sweeps.Signals.Drawn;

namespace Nhi.Governance.Tests.Sweeps.Signals;

/// <summary>
/// Estates by seed, swept by the real inventory and judged by the real rules, against what an oracle of its own says of them. A failing seed is printed with what was drawn;
/// <c>NHI_SEED</c> plays one alone, <c>NHI_SEEDS</c> and <c>NHI_FROM</c> (the first seed) hunt for more.
/// </summary>
public sealed class DrawnEstateTests
{
    private const int Shown = 8;
    private static readonly int? Only = Setting("NHI_SEED");

    public static TheoryData<int> Seeds => [.. SeedsOr(8)];

    public static TheoryData<int> FewSeeds => [.. SeedsOr(2)];

    private static IEnumerable<int> SeedsOr(int most) => Only is { } seed ? [seed] : Enumerable.Range(Setting("NHI_FROM") ?? 1, Setting("NHI_SEEDS") ?? most);

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task S57_what_was_drawn_is_found_whole_and_nothing_else_is(int seed)
    {
        var estate = EstateDraw.Of(seed);
        var oracle = new SignalOracle(estate);
        var labels = oracle.Labels;
        Assert.InRange(estate.Credentials.Count, 400, 1_000);
        Assert.All(oracle.Signals, signal => Assert.InRange(labels.Count(label => label.Signal == signal), 1, 200));
        Assert.InRange(estate.Credentials.Count(credential => !labels.Any(label => label.Subject == credential.Subject || label.Subject == credential.Resource)), 20, 430);

        Assert.All(Innocents(estate), innocent =>
        {
            Assert.NotEmpty(innocent.Subjects);
            Assert.DoesNotContain(labels, label => label.Signal == innocent.Signal && innocent.Subjects.Contains(label.Subject));
        });

        var world = new DrawnWorld(estate);
        var report = await world.SweepAsync();

        Assert.Empty(report.Failures);
        var found = world.Tables.Open.Select(finding => (finding.Signal, finding.Subject)).ToHashSet();
        (string How, (string Signal, string Subject) Label)[] wrong = [.. labels.Except(found).Select(label => ("missed", label)), .. found.Except(labels).Select(label => ("not so", label))];
        Assert.True(
            wrong.Length == 0,
            $"Replay: NHI_SEED={seed}. {string.Join(", ", wrong.CountBy(one => $"{one.How}: {one.Label.Signal}"))}\n{string.Join('\n', wrong.DistinctBy(one => (one.How, one.Label.Signal)).Take(Shown).Select(one => Told(one.How, one.Label, estate)))}");
    }

    /// <summary>What was open stays open, and nothing of it is told anew: a directory that does not answer for a day says nothing about anybody.</summary>
    [Theory]
    [MemberData(nameof(FewSeeds))]
    public async Task S58_a_directory_that_is_down_for_a_day_changes_nothing(int seed)
    {
        string[] asked = ["no-owner", "owner-left", "workload-gone", "over-privileged"];
        var world = new DrawnWorld(EstateDraw.Of(seed));
        await world.SweepAsync();
        var before = Open();
        foreach (var method in typeof(IOwnerDirectory).GetMethods())
            world.Directory.Down.Add(method.Name);
        await world.JudgeAsync(later: TimeSpan.FromHours(25));
        Assert.Equal(before, Open());

        string[] Open() => [.. world.Tables.Open.Where(finding => asked.Contains(finding.Signal)).Select(finding => $"NHI_SEED={seed} {finding.Signal} {finding.Subject} {Told(finding)}").Order(StringComparer.Ordinal)];
        // Whose owners were never all asked, of that one only part is known each time.
        string Told(Finding finding) => finding.Credential is { } id && world.Tables.Owners.GetValueOrDefault(id)?.Asked is not null ? $"{finding.Owner} {finding.Record}" : "";
    }

    /// <summary>Those that the issue names: an idle slot, a version in its overlap, a staged value, a secret made an hour ago, one for emergencies.</summary>
    private static IEnumerable<(string Signal, IReadOnlyList<string> Subjects)> Innocents(DrawnEstate estate)
    {
        yield return ("shadow", [.. estate.Resources.Values.Where(resource => resource is { Opens: Opens.Account, Standing: Standing.There }).Select(resource => resource.Id)]);
        yield return Of("old-version-enabled", credential => credential.Versions.SkipLast(1).Any(version => version.Enabled) && !credential.Versions.Any(version => version.Dead));
        var current = estate.Credentials.ToLookup(credential => credential.Current.Value);
        yield return Of("reused-value", credential => credential.Log != Log.Own && current[credential.Current.Value].Where(other => other != credential).ToList() is { Count: > 0 } others && others.All(other => other.Log == Log.Own));
        yield return Of("never-used", credential => credential.Versions[0].Age == TimeSpan.FromHours(1) && credential.Reads.Count == 0);
        yield return Of("never-used", credential => credential is { BreakGlass: "true", Reads.Count: 0 } && credential.Versions[0].Age > TimeSpan.FromDays(100));

        (string, IReadOnlyList<string>) Of(string signal, Func<DrawnCredential, bool> isSo) => (signal, [.. estate.Credentials.Where(isSo).Select(credential => credential.Subject)]);
    }

    private static string Told(string how, (string Signal, string Subject) label, DrawnEstate estate)
    {
        var credential = estate.Credentials.FirstOrDefault(credential => credential.Subject == label.Subject);
        var resource = estate.Resources.GetValueOrDefault(credential?.Resource ?? label.Subject);
        var about = credential is not null ? [credential] : estate.Credentials.Where(other => other.Resource == label.Subject);
        return $"{how} {label.Signal}\n  {string.Join("\n  ", about)}\n  {resource}";
    }

    private static int? Setting(string name) => Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
