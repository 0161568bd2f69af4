using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;

namespace Nhi.Governance.Rotation;

/// <summary>What is promised: <paramref name="Common"/> is what intent and outcome have in common, <paramref name="Phrase"/> what is about to be done, as <c>delete 'x'</c>.</summary>
/// <param name="Op">The attempt.</param>
/// <param name="Verb">As in the blob's name.</param>
/// <param name="Subject">What the back-off counts.</param>
/// <param name="Credential">The secret that leads to the row.</param>
/// <param name="BackOff">What binds the next try where this one fails.</param>
/// <param name="Common">An outcome that is fine, without a summary.</param>
/// <param name="Phrase">For the sentences.</param>
/// <param name="Why">The reason, for the sentences.</param>
internal sealed record Promise(string Op, string Verb, string Subject, CredentialId Credential, BackOff BackOff, EvidenceRecord Common, string Phrase, string Why);

/// <summary>Intent, effects, outcome, under a row that is held. A lost answer leaves as an exception, and the row stays open: its next holder says what became of the attempt.</summary>
internal sealed class PromisedStep(IEvidenceLog evidence)
{
    /// <param name="hold">The row.</param>
    /// <param name="promise">What is about to be done.</param>
    /// <param name="rules">How its records are written.</param>
    /// <param name="effects">Does it; given the intent's name and hash.</param>
    /// <param name="done">The sentence for what has happened.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<(Outcome Outcome, string Record)> RunAsync(RowHold hold, Promise promise, WriteRules rules, Func<RecordReference, Task<Outcome>> effects, Func<string> done, CancellationToken ct)
    {
        var intended = promise.Common with { Stage = RecordStage.Intent, Result = null, Summary = $"About to {promise.Phrase}: {promise.Why}.", Deadline = hold.Now + OperationRecords.Deadline };
        var path = evidence.PathOf(intended);
        await hold.BeginAsync(promise.Op, promise.Verb, promise.Subject, promise.Credential, path, promise.BackOff, ct);
        var intent = await evidence.WriteAsync(intended, rules, ct);
        if (intent.Path != path)
            hold.Moved(path, intent.Path);
        var outcome = await effects(intent);
        var written = await evidence.WriteAsync(
            promise.Common with
            {
                Result = outcome.Result,
                Intent = intent,
                Error = outcome.Error,
                NotBefore = outcome is Outcome.Ok ? null : promise.BackOff.NotBefore,
                Summary = outcome is Outcome.Ok ? done() : $"Could not {promise.Phrase}: {outcome.Error!.Message}",
            },
            rules, ct);
        hold.Closed(intent.Path, written.Path, outcome is Outcome.Ok ? BackOffs.Key(promise.Verb, promise.Subject) : null);
        return (outcome, written.Path);
    }
}
