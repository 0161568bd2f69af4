using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
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
        var shape = new PlanAnswerShape([.. runs.Select(Shape)], [.. failures.Select(failure => new PlanFailureShape(failure.Id.ToString(), failure.Why))]);
        var lines = runs.SelectMany(Lines).Concat(failures.Select(failure => $"{failure.Id}: could not be looked at: {failure.Why}"));
        return new Answer(shape, [Block.Lines(lines)], failures.Count > 0 ? ExitCode.Failed : human ? ExitCode.Human : ExitCode.Fine);
    }

    private static IEnumerable<string> Lines(DryRun run)
    {
        yield return $"{run.Credential}: {run.Note ?? (run.Policy is { } policy ? $"rule '{policy.Rule}', {(policy.Enforced ? "enforced" : "observed only")}" : "")}";
        if (run.NotLooked is { } unlooked)
            yield return $"  by the vault's list alone; no value, provider or evidence was looked at: {unlooked}";
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
        foreach (var risk in run.Risks)
            yield return "    ! " + risk;
        if (run.Note is null && run.Plans.Count == 0 && run.Waiting.Count == 0)
            yield return "  nothing is due";
    }

    private static DryRunShape Shape(DryRun run) => new(
        run.Credential.ToString(), run.Policy?.Rule, run.Policy?.Enforced, run.Note, run.NotLooked, run.Risks,
        [.. run.Plans.Select(plan => new PlanShape(
            plan.Verb, plan.Credential.ToString(), plan.Subject, plan.Resource.Id.Value, plan.Kind, plan.Target, plan.Urgent, [.. plan.Steps.Select(step => step.Describe())], plan.Reasons, plan.Risks))],
        [.. run.Waiting.Select(WaitingShape.Of)]);
}
