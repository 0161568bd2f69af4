using Nhi.Governance.Policies.Rules;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Checks;

/// <summary>Looks at a whole document for one concern, and adds everything that it finds.</summary>
internal interface IPolicyCheck
{
    void Check(PolicyDocument document, FaultList faults);
}
