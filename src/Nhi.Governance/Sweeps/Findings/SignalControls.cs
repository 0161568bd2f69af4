namespace Nhi.Governance.Sweeps.Findings;

/// <summary>The controls that each signal serves: OWASP NHI Top 10 2025, NIST CSF 2.0 with the 1.1 number beside it, NIST AI RMF.</summary>
public static class SignalControls
{
    private static readonly string[] _inventory = ["CSF2:ID.AM-07", "CSF1.1:ID.AM-2", "AI-RMF:MAP-1.1"];
    private static readonly string[] _monitoring = ["CSF2:DE.CM-09", "CSF1.1:DE.CM-4", "CSF2:DE.AE-02", "CSF1.1:DE.AE-2"];

    /// <summary>Never empty.</summary>
    public static IReadOnlyList<string> Of(string signal) => signal switch
    {
        SignalNames.NoOwner or SignalNames.OwnerLeft or SignalNames.AttestationDue or SignalNames.AttestationLapsed => ["OWASP-NHI1:2025", "CSF2:GV.RR-02", "CSF1.1:ID.AM-6", "AI-RMF:GOVERN-2.1"],
        SignalNames.ResourceGone or SignalNames.WorkloadGone or SignalNames.NeverUsed or SignalNames.Unused => ["OWASP-NHI1:2025", .. _inventory],
        SignalNames.NoExpiry or SignalNames.LifeTooLong or SignalNames.OldVersionEnabled or SignalNames.ExpiredAccepted => ["OWASP-NHI7:2025", "CSF2:PR.AA-01", "CSF1.1:PR.AC-1"],
        SignalNames.ReusedValue => ["OWASP-NHI9:2025", "CSF2:PR.AA-01", "CSF1.1:PR.AC-1"],
        SignalNames.OverPrivileged => ["OWASP-NHI5:2025", "CSF2:PR.AA-05", "CSF1.1:PR.AC-4"],
        SignalNames.Shadow or SignalNames.NoPolicy => ["OWASP-NHI4:2025", .. _inventory],
        SignalNames.PublishedRefused or SignalNames.ReadInQuarantine => ["CSF2:PR.AA-01", "CSF1.1:PR.AC-1", "CSF2:DE.AE-02", "CSF1.1:DE.AE-2"],
        _ => _monitoring,
    };
}
