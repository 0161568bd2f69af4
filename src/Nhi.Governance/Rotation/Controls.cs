namespace Nhi.Governance.Rotation;

/// <summary>The controls that an operation serves: OWASP NHI Top 10 2025, NIST CSF 2.0 with the 1.1 number beside it, NIST AI RMF 1.0.</summary>
internal static class Controls
{
    private static readonly string[] Lifecycle = ["OWASP-NHI7:2025", "CSF2:PR.AA-01", "CSF1.1:PR.AC-1", "AI-RMF:MANAGE-2.4"];
    private static readonly string[] Offboarding = ["OWASP-NHI1:2025", "CSF2:PR.AA-01", "CSF1.1:PR.AC-1", "AI-RMF:MANAGE-2.4"];
    private static readonly string[] Leak = ["OWASP-NHI2:2025", "CSF2:RS.MI-02", "CSF1.1:RS.MI-2", "AI-RMF:MANAGE-4.3"];
    private static readonly string[] Policy = ["OWASP-NHI5:2025", "CSF2:PR.AA-05", "CSF1.1:PR.AC-4", "AI-RMF:GOVERN-1.4"];

    public static IReadOnlyList<string> Of(string verb) => verb switch
    {
        Verbs.Rotate or Verbs.Repair or Verbs.Follow or Verbs.Rollback => Lifecycle,
        Verbs.Revoke or Verbs.Clean or Verbs.Retire => Offboarding,
        Verbs.Emergency => Leak,
        _ => Policy,
    };
}
