using System.ComponentModel;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi findings</c>.</summary>
internal sealed record FindingsShape(
    [property: Description("How many of them are open and `warning` or `critical`: not 0 exits with 1.")] int Pressing,
    [property: Description("What was asked for, in the order that was asked for.")] IReadOnlyList<SignalledShape> Findings);

internal sealed record SignalledShape(
    [property: Description("What was seen, by name.")] string Signal,
    [property: Description("What it is about: the id of a credential, a resource, a vault's host, an identity.")] string Subject,
    [property: Description("Id of the credential that it is about, where it is about one.")] string? Credential,
    [property: Description("Id of the resource, where it is about one.")] string? Resource,
    [property: Description("`info`, `warning` or `critical`.")] string Severity,
    [property: Description("0 to 100: what to see to first.")] int Score,
    [property: Description("Who is told; null where nobody is known.")] string? Owner,
    [property: Description("What was seen, one fact a text.")] IReadOnlyList<string> Facts,
    [property: Description("What a person can do.")] string Remedy,
    [property: Description("Controls of frameworks that it breaks, by the names in README.")] IReadOnlyList<string> Controls,
    [property: Description("When it was first seen.")] DateTimeOffset FirstSeen,
    [property: Description("When a look showed that it is over; null while it is open.")] DateTimeOffset? Resolved,
    [property: Description("The record that told it: `nhi evidence show` prints it.")] string? Record)
{
    public static SignalledShape Of(Finding finding) => new(
        finding.Signal, finding.Subject, finding.Credential?.ToString(), finding.Resource?.Value, finding.Severity, finding.Score, finding.Owner, finding.Facts, finding.Remedy, ControlsServed.BySignal(finding.Signal), finding.FirstSeen, finding.Resolved, finding.Record);
}

/// <summary><c>nhi findings resolve</c>.</summary>
internal sealed record ResolvedShape(
    [property: Description("What it was about.")] string Subject,
    [property: Description("Which signal.")] string Signal,
    [property: Description("Since when it is closed.")] DateTimeOffset Resolved,
    [property: Description("Who said so.")] string By,
    [property: Description("Why.")] string Reason,
    [property: Description("Name of the record.")] string Record);
