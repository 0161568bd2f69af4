using System.Reflection;
using Nhi.Evidence.Records;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Tests.Frameworks;

public sealed class ControlsServedTests
{
    [Fact]
    public void Every_signal_and_every_action_serve_controls_of_both_generations_of_the_CSF()
    {
        Assert.Equal(Constants(typeof(SignalNames)), SignalNames.All);
        foreach (var controls in SignalNames.All.Select(ControlsServed.BySignal).Concat(ControlsServed.Actions.Select(ControlsServed.By)))
        {
            Assert.Contains(controls, control => control.StartsWith("CSF2:", StringComparison.Ordinal));
            Assert.Contains(controls, control => control.StartsWith("CSF1.1:", StringComparison.Ordinal));
            Assert.Distinct(controls);
        }
    }

    [Fact]
    public void The_catalogue_has_every_control_once_and_none_that_nothing_serves()
    {
        Assert.Equal(Constants(typeof(FrameworkControls)), FrameworkControls.All.Select(control => control.Id));
        Assert.Equal(
            FrameworkControls.All.Select(control => control.Id).Order(StringComparer.Ordinal),
            SignalNames.All.SelectMany(ControlsServed.BySignal).Concat(ControlsServed.Actions.SelectMany(ControlsServed.By)).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_verb_that_leaves_records_is_among_the_actions()
    {
        Assert.Superset(Constants(typeof(Verbs)).Where(verb => verb != Verbs.Look).Select(Verbs.Action).ToHashSet(), ControlsServed.Actions.ToHashSet());
        Assert.Contains("'estate.guess'", Assert.Throws<ArgumentException>(() => ControlsServed.By("estate.guess")).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Constants(Type names) =>
        names.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
}
