using System.Text.Json.Nodes;
using Nhi.Cli.Output;
using Nhi.Governance.Credentials;
using Nhi.Governance.Rotation;

namespace Nhi.Cli.Reading;

/// <summary><c>nhi plan</c>: the plans that execution would consume, and what would wait.</summary>
internal static class PlanList
{
    /// <summary>Exit 1 when something cannot be said of a credential, 42 when something waits for a person.</summary>
    public static async Task<Answer> ReadAsync(Governor governor, IAsyncEnumerable<CredentialId> ids, CancellationToken ct)
    {
        List<DryRun> runs = [];
        List<(CredentialId Id, string Why)> failures = [];
        await foreach (var id in ids)
        {
            try
            {
                runs.Add(await governor.PlanAsync(id, ct));
            }
            catch (ExternalCallException e)
            {
                // One credential that cannot be seen never hides the next.
                failures.Add((id, e.Message));
            }
        }

        var human = runs.Any(run => run.Waiting.Any(wait => wait.Remedy is not null));
        var json = new JsonObject
        {
            ["credentials"] = Screen.Array(runs.Select(Json)),
            ["failures"] = Screen.Array(failures.Select(failure => new JsonObject { ["credential"] = failure.Id.ToString(), ["why"] = failure.Why })),
        };
        var lines = runs.SelectMany(Lines).Concat(failures.Select(failure => $"{failure.Id}: could not be looked at: {failure.Why}"));
        return new Answer(json, [Block.Lines(lines)], failures.Count > 0 ? ExitCode.Failed : human ? ExitCode.Human : ExitCode.Fine);
    }

    private static IEnumerable<string> Lines(DryRun run)
    {
        yield return $"{run.Credential}: {run.Note ?? (run.Policy is { } policy ? $"rule '{policy.Rule}', {(policy.Enforced ? "enforced" : "observed only")}" : "")}";
        foreach (var plan in run.Plans)
        {
            yield return $"  {plan.Verb}{(plan.Target is null ? "" : " " + Nhi.Governance.Kinds.Handle.Place(plan.Target))}: {string.Join("; ", plan.Reasons)}";
            foreach (var step in plan.Steps)
                yield return "    - " + step.Describe();
            foreach (var risk in plan.Risks)
                yield return "    ! " + risk;
        }

        foreach (var wait in run.Waiting)
            yield return $"  waits: {wait.Verb}: {wait.Why}{(wait.Until is { } until ? $" Until {Screen.At(until)}." : "")} {wait.Remedy}".TrimEnd();
        if (run.Note is null && run.Plans.Count == 0 && run.Waiting.Count == 0)
            yield return "  nothing is due";
    }

    private static JsonObject Json(DryRun run) => new()
    {
        ["credential"] = run.Credential.ToString(),
        ["rule"] = run.Policy?.Rule,
        ["enforced"] = run.Policy?.Enforced,
        ["note"] = run.Note,
        ["plans"] = Screen.Array(run.Plans.Select(plan => new JsonObject
        {
            ["verb"] = plan.Verb,
            ["credential"] = plan.Credential.ToString(),
            ["subject"] = plan.Subject,
            ["resource"] = plan.Resource.Id.Value,
            ["kind"] = plan.Kind,
            ["target"] = plan.Target,
            ["urgent"] = plan.Urgent,
            ["steps"] = Screen.Array(plan.Steps.Select(step => step.Describe())),
            ["reasons"] = Screen.Array(plan.Reasons),
            ["risks"] = Screen.Array(plan.Risks),
        })),
        ["waiting"] = Screen.Array(run.Waiting.Select(wait => new JsonObject
        {
            ["verb"] = wait.Verb,
            ["signal"] = wait.Signal,
            ["why"] = wait.Why,
            ["remedy"] = wait.Remedy,
            ["until"] = wait.Until,
        })),
    };
}
