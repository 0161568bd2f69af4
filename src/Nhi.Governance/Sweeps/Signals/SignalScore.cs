namespace Nhi.Governance.Sweeps.Signals;

/// <summary>
/// How pressing a finding is: 0 to 100, the sum of three parts, of which none is an age, so that a finding's score stands as long as its facts do:
/// <c>harm</c>, 0 to 60: what the worst reader of it could do; <c>reach</c>, 0 to 25: under a rule that enforces (10), in an environment that people call production (15);
/// <c>life</c>, 0 to 15: its value works now. Below 40 is <c>info</c>, from 75 on <c>critical</c>, else <c>warning</c>.
/// </summary>
public readonly record struct SignalScore(int Value)
{
    private const int Warning = 40;
    private const int Critical = 75;

    public string Severity => Value switch { >= Critical => "critical", >= Warning => "warning", _ => "info" };

    /// <summary>The score of a finding about a credential.</summary>
    public static SignalScore Of(int harm, CredentialView view) =>
        new(Math.Clamp(harm, 0, 60) + (view.Policy.Enforced ? 10 : 0) + (IsProduction(view.Swept.Environment) ? 15 : 0) + (view.Swept.Newest.Enabled ? 15 : 0));

    /// <summary>The score of a finding about a resource: its environment is that of the first secret that opens it.</summary>
    public static SignalScore Of(int harm, ResourceView view) =>
        new(Math.Clamp(harm, 0, 60) + (view.Secrets is [var first, ..] && IsProduction(first.Environment) ? 15 : 0) + 15);

    private static bool IsProduction(string environment) => environment.StartsWith("prod", StringComparison.OrdinalIgnoreCase) || environment.Equals("live", StringComparison.OrdinalIgnoreCase);
}
