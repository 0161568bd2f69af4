using Nhi.Governance.Policies.Rules;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Checks;

/// <summary>Warns where a cutover, which interrupts its consumers, may begin at any hour.</summary>
internal sealed class CutoversHaveWindows : IPolicyCheck
{
    public void Check(PolicyDocument document, FaultList faults)
    {
        foreach (var rule in document.Rules)
            if (rule.Enforce && rule.Settings.Over(document.Defaults) is { AllowCutover: true, Windows: null or [] })
                faults.Warn(rule.Settings.Places.GetValueOrDefault(PolicyKeys.AllowCutover) ?? rule.At, $"The rule '{rule.Name}' allows cutovers and has no windows: consumers may be interrupted at any hour.", "Add windows, or set allowCutover to false.");
    }
}
